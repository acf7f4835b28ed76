// Winograd's convolutions and their gradients against the sums of the definition in float64, for every instruction set
// of this processor.
#include "kernels/winograd.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <vector>

#include "core/draws.h"

using namespace nlb;

namespace {

using Values = std::vector<double>;

/// Sums of the definition; every index as in the header.
struct Direct {
  WinogradShape shape;
  Values input, weights, slopes;

  double input_at(int64_t image, int64_t y, int64_t x, int64_t c) const {
    if (y < 0 || x < 0 || y >= shape.height || x >= shape.width) return 0;
    return input[static_cast<size_t>(((image * shape.height + y) * shape.width + x) * shape.in + c)];
  }
  double& weight_at(Values& values, int64_t k, int64_t c, int64_t tap) const {
    return values[static_cast<size_t>((k * shape.in + c) * 9 + tap)];
  }
  /// Calls work(output's place, image, row, column) for every pixel of the output.
  void over_outputs(const std::function<void(int64_t, int64_t, int64_t, int64_t)>& work) const {
    int64_t at = 0;
    for (int64_t image = 0; image < shape.images; ++image) {
      for (int64_t y = 0; y < shape.out_height(); ++y) {
        for (int64_t x = 0; x < shape.out_width(); ++x, ++at) work(at * shape.out, image, y, x);
      }
    }
  }

  Values forward(const Values& bias) {
    Values output(static_cast<size_t>(shape.images * shape.out_height() * shape.out_width() * shape.out));
    over_outputs([&](int64_t at, int64_t image, int64_t y, int64_t x) {
      for (int64_t k = 0; k < shape.out; ++k) {
        double sum = bias[static_cast<size_t>(k)];
        for (int64_t tap = 0; tap < 9; ++tap) {
          for (int64_t c = 0; c < shape.in; ++c) {
            sum += weight_at(weights, k, c, tap) *
                   input_at(image, y + tap / 3 - shape.padding, x + tap % 3 - shape.padding, c);
          }
        }
        output[static_cast<size_t>(at + k)] = sum;
      }
    });
    return output;
  }

  Values weight_gradient() {
    Values gradient(weights.size());
    over_outputs([&](int64_t at, int64_t image, int64_t y, int64_t x) {
      for (int64_t k = 0; k < shape.out; ++k) {
        const double slope = slopes[static_cast<size_t>(at + k)];
        for (int64_t tap = 0; tap < 9; ++tap) {
          for (int64_t c = 0; c < shape.in; ++c) {
            weight_at(gradient, k, c, tap) +=
                slope * input_at(image, y + tap / 3 - shape.padding, x + tap % 3 - shape.padding, c);
          }
        }
      }
    });
    return gradient;
  }

  Values input_gradient() {
    Values gradient(input.size());
    over_outputs([&](int64_t at, int64_t image, int64_t y, int64_t x) {
      for (int64_t tap = 0; tap < 9; ++tap) {
        const int64_t row = y + tap / 3 - shape.padding, column = x + tap % 3 - shape.padding;
        if (row < 0 || column < 0 || row >= shape.height || column >= shape.width) continue;
        const int64_t place = ((image * shape.height + row) * shape.width + column) * shape.in;
        for (int64_t k = 0; k < shape.out; ++k) {
          for (int64_t c = 0; c < shape.in; ++c) {
            gradient[static_cast<size_t>(place + c)] +=
                slopes[static_cast<size_t>(at + k)] * weight_at(weights, k, c, tap);
          }
        }
      }
    });
    return gradient;
  }
};

/// Numbers in [-1, 1), exact in float.
Values numbers(int64_t count, uint64_t seed) {
  Values values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] =
        static_cast<double>(static_cast<int32_t>(draw({{7, 9}}, seed, i / 4, 0).word[i % 4] >> 8)) / (1 << 23) - 1;
  }
  return values;
}

Direct problem(const WinogradShape& shape) {
  Direct direct{shape, {}, {}, {}};
  direct.input = numbers(shape.images * shape.height * shape.width * shape.in, 1);
  direct.weights = numbers(shape.in * shape.out * 9, 2);
  direct.slopes = numbers(shape.images * shape.out_height() * shape.out_width() * shape.out, 3);
  return direct;
}

template <typename T>
std::vector<T> of(const Values& values) {
  return {values.begin(), values.end()};
}

/// Root mean square of the difference over that of `expected`.
template <typename T>
double distance(const std::vector<T>& found, const Values& expected) {
  REQUIRE(found.size() == expected.size());
  double difference = 0, size = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    difference += std::pow(static_cast<double>(found[i]) - expected[i], 2);
    size += expected[i] * expected[i];
  }
  return std::sqrt(difference / size);
}

template <typename T>
std::vector<T> scratch_of(const WinogradShape& shape) {
  return std::vector<T>(static_cast<size_t>(
      kFrequencies * (frequency_step(shape.tiles(), shape.in) + frequency_step(shape.tiles(), shape.out))));
}

/// Forward pass with tiles in blocks of `block`.
template <typename T>
std::vector<T> convolve(const WinogradKernels<T>& kernels, const WinogradShape& shape, const std::vector<T>& input,
                        const std::vector<T>& transformed, const T* bias, int64_t block) {
  std::vector<T> output(static_cast<size_t>(shape.images * shape.out_height() * shape.out_width() * shape.out), T(-99));
  auto scratch = scratch_of<T>(shape);
  for (int64_t first = 0; first < shape.tiles(); first += block) {
    kernels.forward(shape, input.data(), transformed.data(), bias, first, std::min(first + block, shape.tiles()),
                    scratch.data(), output.data());
  }
  return output;
}

template <typename T>
std::vector<T> weight_gradient(const WinogradKernels<T>& kernels, const Direct& direct, int64_t block, int64_t part) {
  const WinogradShape& shape = direct.shape;
  const auto input = of<T>(direct.input), slopes = of<T>(direct.slopes);
  std::vector<T> sums(static_cast<size_t>(kFrequencies * frequency_step(shape.in, shape.out))),
      gradient(direct.weights.size());
  for (int64_t first = 0; first < shape.tiles(); first += block) {
    const int64_t last = std::min(first + block, shape.tiles());
    auto inputs = scratch_of<T>(shape), of_slopes = inputs;
    for (int64_t begin = first; begin < last; begin += part) {
      const int64_t end = std::min(begin + part, last);
      kernels.input_values(shape, input.data(), first, last, begin, end, inputs.data());
      kernels.slope_values(shape, slopes.data(), first, last, begin, end, of_slopes.data());
    }
    for (int64_t begin = 0; begin < kFrequencies; begin += part) {
      kernels.add_products(shape, inputs.data(), of_slopes.data(), last - first, begin,
                           std::min(begin + part, kFrequencies), sums.data());
    }
  }
  kernels.weight_gradient(sums.data(), shape.out, shape.in, gradient.data());
  return gradient;
}

template <typename T>
double allowed();
template <>
double allowed<float>() {
  return 2e-6;
}
template <>
double allowed<double>() {
  return 1e-14;
}

/// Sides with and without a rest of tiles, channels with and without a rest of registers.
const std::vector<WinogradShape>& shapes() {
  static const std::vector<WinogradShape> list = {
      {2, 8, 8, 16, 16, 1}, {3, 7, 5, 32, 48, 1}, {2, 14, 9, 16, 80, 0}, {1, 3, 3, 48, 16, 2}, {5, 1, 1, 16, 16, 1}};
  return list;
}

}  // namespace

TEMPLATE_TEST_CASE("Winograd's convolutions and gradients are those of the definition", "[kernels][winograd]", float,
                   double) {
  using T = TestType;
  for (const Isa isa : {Isa::plain, Isa::avx2, Isa::avx512}) {
    if (!has_isa(isa)) continue;
    const auto& kernels = winograd_kernels<T>(isa);
    for (const WinogradShape& shape : shapes()) {
      CAPTURE(name_of(isa), shape.height, shape.width, shape.in, shape.out, shape.padding);
      Direct direct = problem(shape);
      const Values bias = numbers(shape.out, 4);
      const auto weights = of<T>(direct.weights), offsets = of<T>(bias);
      std::vector<T> transformed(static_cast<size_t>(kFrequencies * frequency_step(shape.in, shape.out)));
      kernels.transform_weights(weights.data(), shape.out, shape.in, transformed.data());
      const auto output = convolve<T>(kernels, shape, of<T>(direct.input), transformed, offsets.data(), shape.tiles());
      CHECK(distance(output, direct.forward(bias)) < allowed<T>());
      CHECK(distance(weight_gradient<T>(kernels, direct, shape.tiles(), 40), direct.weight_gradient()) < allowed<T>());

      kernels.transform_weights_back(weights.data(), shape.out, shape.in, transformed.data());
      const WinogradShape back = {shape.images, shape.out_height(), shape.out_width(),
                                  shape.out,    shape.in,           2 - shape.padding};
      const auto slopes = convolve<T>(kernels, back, of<T>(direct.slopes), transformed, nullptr, back.tiles());
      CHECK(distance(slopes, direct.input_gradient()) < allowed<T>());
    }
  }
}

TEST_CASE("bits of a tile do not depend on the range that it is computed in", "[kernels][winograd]") {
  const WinogradShape shape = {3, 9, 9, 32, 32, 1};
  const auto& kernels = winograd_kernels<float>();
  const Direct direct = problem(shape);
  const auto input = of<float>(direct.input), weights = of<float>(direct.weights);
  std::vector<float> transformed(static_cast<size_t>(kFrequencies * frequency_step(shape.in, shape.out)));
  kernels.transform_weights(weights.data(), shape.out, shape.in, transformed.data());
  const auto whole = convolve<float>(kernels, shape, input, transformed, nullptr, shape.tiles());
  for (const int64_t block : {1, 5, 6, 7, 13}) {
    CAPTURE(block);
    CHECK(convolve<float>(kernels, shape, input, transformed, nullptr, block) == whole);
  }
  const auto gradient = weight_gradient<float>(kernels, direct, 8, 8);
  for (const int64_t part : {1, 3, 5}) CHECK(weight_gradient<float>(kernels, direct, 8, part) == gradient);
}

TEST_CASE("errors stay small beside the largest input, whatever the rest is", "[kernels][winograd]") {
  // An output is off by at most this share of (largest input) * (sum of the sizes of its weights).
  constexpr double kShare = 1e-6;
  const WinogradShape shape = {1, 12, 12, 16, 16, 1};
  Direct direct = problem(shape);
  const auto kind = GENERATE(0, 1, 2, 3);
  CAPTURE(kind);
  for (size_t i = 0; i < direct.input.size(); ++i) {
    double& value = direct.input[i];
    if (kind == 0) value = i == 500 ? 1e4 : value;  // one outlier
    if (kind == 1) value = 3;                       // a constant plane
    if (kind == 2) value *= 1e-38;                  // denormals among the products
    if (kind == 3) value = (i % 2 == 0 ? 1 : -1) * 1e3;
  }
  for (double& value : direct.input) value = static_cast<double>(static_cast<float>(value));
  double largest = 0, weight = 0;
  for (const double value : direct.input) largest = std::max(largest, std::abs(value));
  for (size_t i = 0; i < static_cast<size_t>(shape.in * 9); ++i) weight += std::abs(direct.weights[i]);
  const auto& kernels = winograd_kernels<float>();
  std::vector<float> transformed(static_cast<size_t>(kFrequencies * frequency_step(shape.in, shape.out)));
  const auto weights = of<float>(direct.weights);
  kernels.transform_weights(weights.data(), shape.out, shape.in, transformed.data());
  const auto output = convolve<float>(kernels, shape, of<float>(direct.input), transformed, nullptr, 4);
  const Values expected = direct.forward(Values(static_cast<size_t>(shape.out)));
  double worst = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(output[i]) - expected[i]));
  }
  CHECK(worst <= kShare * largest * weight + 1e-44);
}
