#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"
#include "kernels/resize.h"

namespace nlb {
namespace {

constexpr int kWeightBits = 22;  // 32 less those of a byte, less two for sums that overshoot
constexpr int kLowBits = 11;

double box(double x) { return x > -0.5 && x <= 0.5 ? 1 : 0; }

double bilinear(double x) { return std::max(0.0, 1 - std::abs(x)); }

double sinc(double x) { return x == 0 ? 1 : std::sin(x * std::numbers::pi) / (x * std::numbers::pi); }

/// With the two constants in single precision, as Pillow has them.
double hamming(double x) {
  x = std::abs(x);
  if (x >= 1) return 0;
  const double pi_x = x * std::numbers::pi;
  return x == 0 ? 1 : std::sin(pi_x) / pi_x * (double{0.54f} + double{0.46f} * std::cos(pi_x));
}

/// Keys' cubic with a = -1/2.
double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

double lanczos(double x) { return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0; }

struct Shape {
  double (*value)(double);
  double support;  ///< 0 beyond
};

Shape shape_of(Filter filter) {
  switch (filter) {
    case Filter::box:
      return {box, 0.5};
    case Filter::bilinear:
      return {bilinear, 1};
    case Filter::hamming:
      return {hamming, 1};
    case Filter::bicubic:
      return {bicubic, 2};
    case Filter::lanczos:
      return {lanczos, 3};
  }
  NLB_CHECK(false, "a filter without a shape");
}

/// Half away from zero.
int32_t in_weight_units(double weight) {
  const double scaled = weight * (1 << kWeightBits);
  return static_cast<int32_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

}  // namespace

ResizeAxis::ResizeAxis(Filter filter, int64_t in, double from, double to, int64_t out) : in_(in), out_(out) {
  NLB_CHECK(0 <= from && from < to && to <= static_cast<double>(in) && out > 0, "a part of the image, and a size");
  const Shape shape = shape_of(filter);
  const double scale = (to - from) / static_cast<double>(out), widened = std::max(scale, 1.0);
  const double support = shape.support * widened;
  const int64_t most = 2 * static_cast<int64_t>(std::ceil(support)) + 1;
  most_ = most + most % 2;
  high_.assign(static_cast<size_t>(out * most_), 0);
  low_.assign(static_cast<size_t>(out * most_), 0);
  std::vector<double> values(static_cast<size_t>(most_));
  for (int64_t i = 0; i < out; ++i) {
    const double centre = from + (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<int64_t>(0, static_cast<int64_t>(std::floor(centre - support + 0.5)));
    const auto end = std::min(in, static_cast<int64_t>(std::floor(centre + support + 0.5)));
    first_.push_back(static_cast<int32_t>(first));
    count_.push_back(static_cast<int32_t>(end - first));
    double sum = 0;
    for (int64_t tap = 0; tap < end - first; ++tap) {
      auto& value = values[static_cast<size_t>(tap)];
      value = shape.value((static_cast<double>(tap + first) - centre + 0.5) * (1 / widened));
      sum += value;
    }
    for (int64_t tap = 0; tap < end - first; ++tap) {
      const int32_t weight = in_weight_units(values[static_cast<size_t>(tap)] / sum);
      const auto at = static_cast<size_t>(i * most_ + tap);
      high_[at] = static_cast<int16_t>(weight >> kLowBits);
      low_[at] = static_cast<int16_t>(weight & ((1 << kLowBits) - 1));
    }
  }
}

ResizeTaps ResizeAxis::taps() const {
  return {.out = out_,
          .taps = most_,
          .first = first_.data(),
          .count = count_.data(),
          .high = high_.data(),
          .low = low_.data()};
}

void resize_pixels(const PixelLines& from, int64_t channels, const ResizeAxis& across, const ResizeAxis& down,
                   uint8_t* to, Isa isa) {
  NLB_CHECK(across.in() == from.width && down.in() == from.height, "axes of an image of this size");
  NLB_CHECK(channels == 1 || channels == 3, "grey or colour");
  // Lines that no tap of the second pass reaches are left out of the first, and are not there in between.
  const int64_t top = down.begin(), lines = down.end() - top, width = across.out() * channels;
  std::vector<uint8_t> narrow(static_cast<size_t>(lines * width));
  const ResizeKernels& kernels = resize_kernels(isa);
  kernels.along_lines({from.pixels + top * from.stride, lines, from.width, from.stride}, channels, across.taps(),
                      narrow.data(), width);
  std::vector<int32_t> first(down.taps().first, down.taps().first + down.out());
  for (int32_t& line : first) line -= static_cast<int32_t>(top);
  ResizeTaps inside = down.taps();
  inside.first = first.data();
  kernels.along_columns({narrow.data(), lines, width, width}, inside, to, width);
}

}  // namespace nlb
