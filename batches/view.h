// batches/view.h -- a view of an image: a list of operations on its pixels with an output size, the same for every
// visit. What is drawn anew at each visit (crops after padding, flips, policies) comes after it, in batches/.
#pragma once

#include <variant>
#include <vector>

#include "images/image_source.h"
#include "kernels/resize.h"

namespace nlb {

/// Pillow's Image.resize (kernels/resize.h).
struct Resize {
  int64_t height = 0, width = 0;
  Filter filter = Filter::bilinear;
};

/// torchvision's Resize(side) on a Pillow image: the shorter side becomes `side`, the longer one side * longer /
/// shorter, rounded down.
struct ResizeShortSide {
  int64_t side = 0;
  Filter filter = Filter::bilinear;
};

/// torchvision's CenterCrop: an odd margin is halved to the even number; where the image is smaller, 0 lies around it.
struct CentreCrop {
  int64_t height = 0, width = 0;
};

using ImageOperation = std::variant<Resize, ResizeShortSide, CentreCrop>;
using ImageOperations = std::vector<ImageOperation>;

/// The shape of what comes out for images of shape `input`; absent where that differs from image to image. Fails the
/// check of a side below 1.
std::optional<ImageShape> output_shape(const ImageOperations& operations, std::optional<ImageShape> input);

/// What the operations make of one image, in order.
struct ViewedImage {
  ImageShape shape;
  std::vector<uint8_t> pixels;
};
ViewedImage viewed(const ImageView& image, const ImageOperations& operations);

/// A source whose images are seen through the operations, made when they are read. The source itself where there are
/// none.
Images viewed(Images images, ImageOperations operations);

}  // namespace nlb
