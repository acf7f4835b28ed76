#include <bit>
#include <cmath>

#include "core/error.h"
#include "kernels/augment.h"

namespace nlb {
namespace {

/// 1 / divisor as the sum of two floats.
void split_reciprocal(float divisor, float& high, float& rest) {
  const double exact = 1 / static_cast<double>(divisor);
  high = static_cast<float>(exact);
  rest = static_cast<float>(exact - static_cast<double>(high));
}

bool gives(const PixelFormula& formula, std::span<const float> table) {
  for (size_t pixel = 0; pixel < table.size(); ++pixel) {
    const auto x = static_cast<float>(pixel);
    const float centred = std::fma(x, formula.unit, x * formula.unit_rest) - formula.mean;
    const float value = std::fma(centred, formula.scale, centred * formula.scale_rest);
    if (std::bit_cast<uint32_t>(value) != std::bit_cast<uint32_t>(table[pixel])) return false;
  }
  return true;
}

template <class Image>
void for_each_image(const PixelArray& images, const int64_t* rows, int64_t count, const Augmentation& how,
                    const Image& image) {
  const int64_t size = int64_t{images.channels} * images.height * images.width;
  for (int64_t sample = 0; sample < count; ++sample) {
    image(images.pixels + rows[sample] * size, draw_placement(how, rows[sample]), sample * size);
  }
}

}  // namespace

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

std::vector<PixelFormula> pixel_formulas(int32_t channels, std::span<const double> mean, std::span<const double> std) {
  const auto table = normalisation_table<float>(channels, mean, std);
  std::vector<PixelFormula> formulas(static_cast<size_t>(channels));
  for (size_t channel = 0; channel < formulas.size(); ++channel) {
    PixelFormula& formula = formulas[channel];
    split_reciprocal(255, formula.unit, formula.unit_rest);
    formula.mean = mean.empty() ? 0 : static_cast<float>(mean[channel]);
    split_reciprocal(std.empty() ? 1 : static_cast<float>(std[channel]), formula.scale, formula.scale_rest);
    if (!gives(formula, std::span(table).subspan(channel * 256, 256))) return {};
  }
  return formulas;
}

template <class T>
void augment_cpu(const PixelArray& images, const int64_t* rows, int64_t count, const Augmentation& how, const T* table,
                 T* out) {
  const auto kernel = augment_kernels<T>().image;
  for_each_image(images, rows, count, how, [&](const uint8_t* image, Placement placement, int64_t at) {
    kernel(image, images.channels, images.height, images.width, placement, table, out + at);
  });
}

void augment_cpu(const PixelArray& images, const int64_t* rows, int64_t count, const Augmentation& how,
                 std::span<const PixelFormula> formulas, float* out) {
  const auto kernel = formula_kernels().image;
  NLB_CHECK(kernel != nullptr && std::ssize(formulas) == images.channels, "no formula kernel, or not one a channel");
  for_each_image(images, rows, count, how, [&](const uint8_t* image, Placement placement, int64_t at) {
    kernel(image, images.channels, images.height, images.width, placement, formulas.data(), out + at);
  });
}

template std::vector<float> normalisation_table<float>(int32_t, std::span<const double>, std::span<const double>);
template std::vector<double> normalisation_table<double>(int32_t, std::span<const double>, std::span<const double>);
template void augment_cpu(const PixelArray&, const int64_t*, int64_t, const Augmentation&, const float*, float*);
template void augment_cpu(const PixelArray&, const int64_t*, int64_t, const Augmentation&, const double*, double*);

}  // namespace nlb
