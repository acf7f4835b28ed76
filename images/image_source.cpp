#include "images/image_source.h"

#include <algorithm>

#include "core/error.h"

namespace nlb {

std::vector<uint8_t> image_at(const ImageSource& images, int64_t index) {
  std::vector<uint8_t> pixels;
  images.read(std::span(&index, 1),
              [&](size_t, const ImageView& image) { pixels.assign(image.pixels.begin(), image.pixels.end()); });
  return pixels;
}

void copy_images(const ImageSource& images, std::span<const int64_t> indices, uint8_t* out) {
  const auto shape = images.shape();
  NLB_CHECK(shape.has_value() || indices.empty(), "images of several shapes have no common array");
  images.read(indices, [&](size_t place, const ImageView& image) {
    std::copy(image.pixels.begin(), image.pixels.end(), out + static_cast<int64_t>(place) * shape->bytes());
  });
}

void check_image_index(int64_t index, int64_t count) {
  NLB_CHECK(index >= 0 && index < count, "image " + std::to_string(index) + " of " + std::to_string(count));
}

}  // namespace nlb
