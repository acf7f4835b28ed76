#include "core/error.h"
#include "kernels/augment.h"

namespace nlb {

template <class T>
std::vector<T> normalisation_table(int32_t channels, std::span<const double> mean, std::span<const double> std) {
  const auto wanted = static_cast<size_t>(channels);
  NLB_CHECK(mean.size() == std.size() && (mean.empty() || mean.size() == wanted),
            "normalisation needs one mean and one std per channel, or none");
  std::vector<T> table(wanted * 256);
  for (size_t channel = 0; channel < wanted; ++channel) {
    for (size_t pixel = 0; pixel < 256; ++pixel) {
      T value = static_cast<T>(pixel) / T{255};
      if (!mean.empty()) value = (value - static_cast<T>(mean[channel])) / static_cast<T>(std[channel]);
      table[channel * 256 + pixel] = value;
    }
  }
  return table;
}

template <class T>
void augment_cpu(const PixelArray& images, const int64_t* rows, int64_t count, const Augmentation& how, const T* table,
                 T* out) {
  const int64_t size = int64_t{images.channels} * images.height * images.width;
  const AugmentKernels<T>& kernels = augment_kernels<T>();
  for (int64_t sample = 0; sample < count; ++sample) {
    kernels.image(images.pixels + rows[sample] * size, images.channels, images.height, images.width,
                  draw_placement(how, rows[sample]), table, out + sample * size);
  }
}

template std::vector<float> normalisation_table<float>(int32_t, std::span<const double>, std::span<const double>);
template std::vector<double> normalisation_table<double>(int32_t, std::span<const double>, std::span<const double>);
template void augment_cpu(const PixelArray&, const int64_t*, int64_t, const Augmentation&, const float*, float*);
template void augment_cpu(const PixelArray&, const int64_t*, int64_t, const Augmentation&, const double*, double*);

}  // namespace nlb
