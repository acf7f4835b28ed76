// kernels/winograd_tiles.h -- tiles of 4x4 outputs and the squares of pixels that they are computed from, for
// kernels/winograd_isa.cpp and kernels/strided_conv_isa.cpp alone.
#pragma once

#include "kernels/lanes.h"
#include "kernels/winograd_products.h"

namespace nlb::NLB_ISA {
namespace {

/// Rows and columns of a tile's outputs that lie inside the image: 1 to 4.
struct TileSize {
  int64_t rows, columns;
};

/// Tiles in their order.
class TilePlace {
 public:
  /// Tile number `tile` of images that are cut into `down` rows of `across` tiles.
  TilePlace(int64_t down, int64_t across, int64_t tile)
      : down_(down),
        across_(across),
        image_(tile / (across_ * down_)),
        y_(tile / across_ % down_),
        x_(tile % across_) {}
  void advance() {
    if (++x_ < across_) return;
    x_ = 0;
    if (++y_ < down_) return;
    y_ = 0, ++image_;
  }
  int64_t image() const { return image_; }
  int64_t row() const { return 4 * y_; }  ///< of the first output
  int64_t column() const { return 4 * x_; }
  /// Of outputs inside a map.
  TileSize size(int64_t height, int64_t width) const {
    return {height - row() < 4 ? height - row() : 4, width - column() < 4 ? width - column() : 4};
  }

 private:
  int64_t down_, across_, image_, y_, x_;
};

/// A square of pixels inside its image.
template <typename T>
struct WholeSquare {
  const T* corner;
  int64_t row_step, column_step;
  [[gnu::always_inline]] Lanes<T> pixel(int64_t y, int64_t x, int64_t c) const {
    return load(corner + y * row_step + x * column_step + c);
  }
};

/// A square that its image's edge cuts: pixels outside are zeros.
template <typename T, int SIDE>
struct CutSquare {
  const T* pixels[SIDE * SIDE];
  [[gnu::always_inline]] Lanes<T> pixel(int64_t y, int64_t x, int64_t c) const {
    return load(pixels[y * SIDE + x] + c);
  }
};

/// A run of a map's channels.
struct Channels {
  int64_t first, count;
};

}  // namespace
}  // namespace nlb::NLB_ISA
