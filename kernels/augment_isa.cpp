// Compiled once per instruction set, NLB_ISA naming it: see kernels/isa.h. Nothing is drawn here: what core/draws.h
// defines must not be compiled for one set and linked for all.
#include "kernels/augment.h"

namespace nlb::NLB_ISA {
namespace {

template <class T>
void augment_image(const uint8_t* image, int32_t channels, int32_t height, int32_t width, Placement placement,
                   const T* table, T* out) {
  const int64_t plane_size = int64_t{height} * width;
  for (int32_t channel = 0; channel < channels; ++channel) {
    for (int32_t y = 0; y < height; ++y, out += width) {
      augment_line(image + channel * plane_size, height, width, y, placement, table + int64_t{channel} * 256, 0, 1,
                   out);
    }
  }
}

}  // namespace

extern const AugmentKernels<float> kAugmentFloat;
extern const AugmentKernels<double> kAugmentDouble;
constinit const AugmentKernels<float> kAugmentFloat = {.image = augment_image<float>};
constinit const AugmentKernels<double> kAugmentDouble = {.image = augment_image<double>};

}  // namespace nlb::NLB_ISA
