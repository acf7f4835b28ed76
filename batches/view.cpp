#include "batches/view.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/sha256.h"

namespace nlb {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

/// Plane by plane: the kernel takes one channel or three beside one another.
ViewedImage resized(const ViewedImage& image, int64_t height, int64_t width, Filter filter) {
  const ImageShape from = image.shape, to{from.channels, height, width};
  const ResizeAxis across(filter, from.width, width), down(filter, from.height, height);
  std::vector<uint8_t> pixels(static_cast<size_t>(to.bytes()));
  for (int64_t channel = 0; channel < to.channels; ++channel) {
    const PixelLines plane{.pixels = image.pixels.data() + channel * from.height * from.width,
                           .height = from.height,
                           .width = from.width,
                           .stride = from.width};
    resize_pixels(plane, 1, across, down, pixels.data() + channel * height * width);
  }
  return {to, std::move(pixels)};
}

/// Half of a margin, an odd one's half to the even number, as Python's round has it.
int64_t half_to_even(int64_t margin) { return margin % 2 == 0 ? margin / 2 : (margin / 2) + (margin / 2) % 2; }

ViewedImage cropped(const ViewedImage& image, int64_t height, int64_t width) {
  const ImageShape from = image.shape, to{from.channels, height, width};
  // Where the image is smaller it lies with the smaller half of what is missing above and left of it.
  const int64_t top = height > from.height ? -((height - from.height) / 2) : half_to_even(from.height - height);
  const int64_t left = width > from.width ? -((width - from.width) / 2) : half_to_even(from.width - width);
  std::vector<uint8_t> pixels(static_cast<size_t>(to.bytes()), 0);
  for (int64_t line = 0; line < to.channels * height; ++line) {
    const int64_t y = line % height + top, channel = line / height;
    if (y < 0 || y >= from.height) continue;
    const int64_t begin = std::max<int64_t>(0, -left), end = std::min(width, from.width - left);
    const auto* source = image.pixels.data() + (channel * from.height + y) * from.width + left;
    std::copy(source + begin, source + end, pixels.begin() + line * width + begin);
  }
  return {to, std::move(pixels)};
}

/// {height, width} behind ResizeShortSide.
std::pair<int64_t, int64_t> short_side(const ImageShape& shape, int64_t side) {
  return shape.height <= shape.width ? std::pair(side, side * shape.width / shape.height)
                                     : std::pair(side * shape.height / shape.width, side);
}

void check_side(int64_t side) { NLB_CHECK(side > 0, "a view has no side below 1"); }

ImageShape shape_behind(const ImageOperation& operation, const ImageShape& shape) {
  return std::visit(Overloaded{[&](const Resize& to) {
                                 return ImageShape{shape.channels, to.height, to.width};
                               },
                               [&](const ResizeShortSide& to) {
                                 const auto [height, width] = short_side(shape, to.side);
                                 return ImageShape{shape.channels, height, width};
                               },
                               [&](const CentreCrop& to) {
                                 return ImageShape{shape.channels, to.height, to.width};
                               }},
                    operation);
}

class ViewedImages final : public ImageSource {
 public:
  ViewedImages(Images images, ImageOperations operations)
      : images_(std::move(images)),
        operations_(std::move(operations)),
        shape_(output_shape(operations_, images_->shape())) {}
  int64_t count() const override { return images_->count(); }
  std::optional<ImageShape> shape() const override { return shape_; }
  std::string digest() const override {
    Sha256 sha;
    sha.add(images_->digest());
    const auto add = [&](const char* name, std::initializer_list<int64_t> values) {
      sha.add(name);
      for (const int64_t value : values) sha.add(" " + std::to_string(value));
    };
    for (const auto& operation : operations_) {
      std::visit(Overloaded{[&](const Resize& to) {
                              add(" resize", {to.height, to.width, static_cast<int64_t>(to.filter)});
                            },
                            [&](const ResizeShortSide& to) {
                              add(" short side", {to.side, static_cast<int64_t>(to.filter)});
                            },
                            [&](const CentreCrop& to) {
                              add(" centre", {to.height, to.width});
                            }},
                 operation);
    }
    return hex(sha.finish());
  }
  void read(std::span<const int64_t> indices, const ImageSink& sink) const override {
    images_->read(indices, [&](size_t place, const ImageView& image) {
      const auto seen = viewed(image, operations_);
      sink(place, {seen.shape, seen.pixels});
    });
  }

 private:
  Images images_;
  ImageOperations operations_;
  std::optional<ImageShape> shape_;
};

}  // namespace

std::optional<ImageShape> output_shape(const ImageOperations& operations, std::optional<ImageShape> input) {
  auto shape = input;
  for (const auto& operation : operations) {
    std::visit(Overloaded{[](const ResizeShortSide& to) { check_side(to.side); },
                          [](const auto& to) {
                            check_side(to.height);
                            check_side(to.width);
                          }},
               operation);
    // Sides that an operation names make images of all sizes equal; their channels may still differ.
    if (shape) shape = shape_behind(operation, *shape);
  }
  return shape;
}

ViewedImage viewed(const ImageView& image, const ImageOperations& operations) {
  ViewedImage seen{image.shape, {image.pixels.begin(), image.pixels.end()}};
  for (const auto& operation : operations) {
    const ImageShape to = shape_behind(operation, seen.shape);
    seen = std::visit(Overloaded{[&](const CentreCrop&) { return cropped(seen, to.height, to.width); },
                                 [&](const auto& resize) { return resized(seen, to.height, to.width, resize.filter); }},
                      operation);
  }
  return seen;
}

Images viewed(Images images, ImageOperations operations) {
  if (operations.empty()) return images;
  return std::make_shared<const ViewedImages>(std::move(images), std::move(operations));
}

}  // namespace nlb
