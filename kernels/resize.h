// kernels/resize.h -- images of bytes at another size, as Image.resize of Pillow up to 12.1 computes them, which
// torchvision's transforms of PIL images call: integers only, so the same bytes on every machine. First along the
// lines, rounded to bytes, then along the columns. Pillow 13.0 takes the columns first where the height shrinks by more
// than twice as many pixels as the width, 12.2 and 12.3 where an image is over a hundred times as high as wide; all
// sources of our tables are older.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/resize_lanes.h"

namespace nlb {

/// Image.Resampling's. Shrinking, a filter is widened by the factor, so that every source pixel counts.
enum class Filter { box, bilinear, hamming, bicubic, lanczos };

/// One direction of a resize: may be made once and used for many images of one size.
class ResizeAxis {
 public:
  /// Of `in` pixels those of [from, to), which need not be whole numbers, to `out` > 0 new ones.
  /// 0 <= from < to <= in.
  ResizeAxis(Filter filter, int64_t in, double from, double to, int64_t out);
  ResizeAxis(Filter filter, int64_t in, int64_t out) : ResizeAxis(filter, in, 0, static_cast<double>(in), out) {}

  ResizeTaps taps() const;
  int64_t in() const { return in_; }
  int64_t out() const { return out_; }
  int64_t begin() const { return first_.front(); }               ///< the source pixels that count are
  int64_t end() const { return first_.back() + count_.back(); }  ///< [begin(), end())

 private:
  int64_t in_, out_, most_ = 0;
  std::vector<int32_t> first_ = {}, count_ = {};
  std::vector<int16_t> high_ = {}, low_ = {};
};

/// To [down.out(), across.out(), channels], channels 1 or 3; from.width is across.in(), from.height down.in().
void resize_pixels(const PixelLines& from, int64_t channels, const ResizeAxis& across, const ResizeAxis& down,
                   uint8_t* to, Isa isa = cpu_isa());

}  // namespace nlb
