// images/image_source.h -- images by their number, wherever their pixels lie: in memory, in a file, or in several
// sources after one another. A data set, a second one beside it and one image shown twice are then numbers alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace nlb {

struct ImageShape {
  int64_t channels = 0, height = 0, width = 0;
  int64_t bytes() const { return channels * height * width; }
  bool operator==(const ImageShape&) const = default;
};

/// One image while it is shown: [channels, height, width], 0..255.
struct ImageView {
  ImageShape shape;
  std::span<const uint8_t> pixels;
};

/// Called once for each number that is read, in their order. `place`: which of them. The pixels may be gone after the
/// call.
using ImageSink = std::function<void(size_t place, const ImageView& image)>;

/// Immutable, so that threads may share one.
class ImageSource {
 public:
  virtual ~ImageSource() = default;
  virtual int64_t count() const = 0;
  virtual std::optional<ImageShape> shape() const = 0;  ///< of every image; absent where they differ
  /// 64 hexadecimal digits; two sources of one kind that show other images have others. May read every pixel.
  virtual std::string digest() const = 0;
  /// Shows the images of `indices` in [0, count()), in any order and as often as they are named. Throws InputError
  /// where a file behind it is not what it was, EnvironmentError where it cannot be read.
  virtual void read(std::span<const int64_t> indices, const ImageSink& sink) const = 0;

 protected:
  ImageSource() = default;
  ImageSource(const ImageSource&) = default;
  ImageSource& operator=(const ImageSource&) = default;
};
using Images = std::shared_ptr<const ImageSource>;

/// The pixels of one image.
std::vector<uint8_t> image_at(const ImageSource& images, int64_t index);

/// Copies the images of `indices`, all of one shape, one after another to `out`, which has room for them.
void copy_images(const ImageSource& images, std::span<const int64_t> indices, uint8_t* out);

/// Fails the check of an index outside [0, count).
void check_image_index(int64_t index, int64_t count);

}  // namespace nlb
