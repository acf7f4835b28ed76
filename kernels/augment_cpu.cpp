#include <algorithm>
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

/// Where this thread changes images. It grows with the largest image, so that a batch allocates nothing.
Canvas make_canvas(int32_t height, int32_t width) {
  thread_local std::vector<uint8_t> planes;
  thread_local std::vector<uint32_t> cells(kCanvasCells);
  const auto size = static_cast<size_t>(kCanvasPlanes) * static_cast<size_t>(height) * static_cast<size_t>(width);
  if (planes.size() < 2 * size) planes.resize(2 * size);
  return {planes.data(), planes.data() + size, cells.data(), height, width};
}

/// The policy's version of `image` [3, height, width].
Canvas painted(const uint8_t* image, const PixelArray& shape, const Augmentation& how, int64_t row) {
  Canvas canvas = make_canvas(shape.height, shape.width);
  const int64_t plane = int64_t{shape.height} * shape.width;
  std::copy_n(image, 3 * plane, canvas.image);
  std::fill_n(canvas.image + 3 * plane, plane, kCovered);
  const auto operate = operation_kernels().operate;
  for (int32_t number = 0; number < how.policy.rounds * how.policy.steps; ++number) {
    const auto drawn = draw_operation(how.policy, policy_draws(how), row, number, shape.height, shape.width);
    if (drawn.operation != nullptr) operate(*drawn.operation, drawn.centre, canvas);
  }
  return canvas;
}

template <class T>
void clear(const uint8_t* cover, const PixelArray& shape, const Augmentation& how, Placement placement, int64_t row,
           T* out) {
  const bool clear_padding = how.pad_normalised && how.pad > 0;
  if (cover == nullptr && how.cutout == 0 && !clear_padding) return;
  const Square square = draw_cutout(how, row, shape.height, shape.width);
  for (int32_t line = 0; line < shape.channels * shape.height; ++line, out += shape.width) {
    clear_line(cover, shape.height, shape.width, line % shape.height, placement, square, clear_padding, 0, 1, out);
  }
}

/// image(source, placement, target) for each sample, with a policy before it and clearing after it.
template <class T, class Image>
void for_each_image(const PixelArray& images, const int64_t* rows, int64_t count, const Augmentation& how, T* out,
                    const Image& image) {
  const int64_t plane = int64_t{images.height} * images.width, size = images.channels * plane;
  NLB_CHECK(how.policy.rounds == 0 || images.channels == 3, "a policy changes images of three channels");
  for (int64_t sample = 0; sample < count; ++sample, out += size) {
    const int64_t row = rows[sample];
    const uint8_t* source = images.image(sample, row);
    const uint8_t* cover = nullptr;
    if (how.policy.rounds > 0) {
      const Canvas canvas = painted(source, images, how, row);
      source = canvas.image;
      if (canvas.holes) cover = canvas.image + 3 * plane;
    }
    const Placement placement = draw_placement(how, row);
    image(source, placement, out);
    clear(cover, images, how, placement, row, out);
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
  for_each_image(images, rows, count, how, out, [&](const uint8_t* image, Placement placement, T* target) {
    kernel(image, images.channels, images.height, images.width, placement, table, target);
  });
}

void augment_cpu(const PixelArray& images, const int64_t* rows, int64_t count, const Augmentation& how,
                 std::span<const PixelFormula> formulas, float* out) {
  const auto kernel = formula_kernels().image;
  NLB_CHECK(kernel != nullptr && std::ssize(formulas) == images.channels, "no formula kernel, or not one a channel");
  for_each_image(images, rows, count, how, out, [&](const uint8_t* image, Placement placement, float* target) {
    kernel(image, images.channels, images.height, images.width, placement, formulas.data(), target);
  });
}

template std::vector<float> normalisation_table<float>(int32_t, std::span<const double>, std::span<const double>);
template std::vector<double> normalisation_table<double>(int32_t, std::span<const double>, std::span<const double>);
template void augment_cpu(const PixelArray&, const int64_t*, int64_t, const Augmentation&, const float*, float*);
template void augment_cpu(const PixelArray&, const int64_t*, int64_t, const Augmentation&, const double*, double*);

}  // namespace nlb
