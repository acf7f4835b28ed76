// Convolutions of stride 2 and their gradients against the sums of the definition in float64, for every instruction set
// of this processor.
#include "kernels/strided_conv.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "core/draws.h"

using namespace nlb;

namespace {

using Values = std::vector<double>;
using Floats = std::vector<float>;

/// Numbers in [-1, 1), exact in float.
Values numbers(int64_t count, uint64_t seed) {
  Values values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] =
        static_cast<double>(static_cast<int32_t>(draw({{7, 9}}, seed, i / 4, 0).word[i % 4] >> 8)) / (1 << 23) - 1;
  }
  return values;
}

Floats floats(const Values& values) { return {values.begin(), values.end()}; }

/// Sums of the definition over all images, outputs, weights and channels.
struct Direct {
  explicit Direct(const StridedShape& of)
      : shape(of),
        input(numbers(of.images * of.height * of.width * of.in, 1)),
        weights(numbers(of.in * of.out * 9, 2)),
        slopes(numbers(of.images * of.out_height() * of.out_width() * of.out, 3)),
        output(slopes.size()),
        to_input(input.size()),
        to_weights(weights.size()) {
    for (int64_t image = 0; image < shape.images; ++image) {
      for (int64_t y = 0; y < shape.out_height(); ++y) {
        for (int64_t x = 0; x < shape.out_width(); ++x) add(image, y, x);
      }
    }
  }

  void add(int64_t image, int64_t y, int64_t x) {
    const int64_t at = ((image * shape.out_height() + y) * shape.out_width() + x) * shape.out;
    for (int64_t tap = 0; tap < 9; ++tap) {
      const int64_t row = 2 * y + tap / 3 - 1, column = 2 * x + tap % 3 - 1;
      if (row < 0 || column < 0 || row >= shape.height || column >= shape.width) continue;
      const int64_t from = ((image * shape.height + row) * shape.width + column) * shape.in;
      for (int64_t k = 0; k < shape.out; ++k) {
        for (int64_t c = 0; c < shape.in; ++c) {
          const auto o = static_cast<size_t>(at + k), i = static_cast<size_t>(from + c),
                     w = static_cast<size_t>((k * shape.in + c) * 9 + tap);
          output[o] += weights[w] * input[i];
          to_input[i] += weights[w] * slopes[o];
          to_weights[w] += input[i] * slopes[o];
        }
      }
    }
  }

  StridedShape shape;
  Values input, weights, slopes, output, to_input, to_weights;
};

/// Root mean square of the difference over that of `expected`.
double distance(const Floats& found, const Values& expected) {
  REQUIRE(found.size() == expected.size());
  double difference = 0, size = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    difference += std::pow(static_cast<double>(found[i]) - expected[i], 2);
    size += expected[i] * expected[i];
  }
  return std::sqrt(difference / size);
}

// What no kernel writes is not a number, so that nothing may depend on it.

Floats matrices(int64_t rows, int64_t columns, float value = NAN) {
  return Floats(static_cast<size_t>(kStridedFrequencies * frequency_step(rows, columns)), value);
}

/// Forward or backward, with tiles in blocks of `block`.
template <typename Pass>
Floats passed(Pass pass, const StridedShape& shape, const Floats& from, const Floats& transformed, size_t size,
              int64_t block) {
  Floats to(size, NAN), scratch = matrices(block, shape.depth());
  scratch.resize(scratch.size() + matrices(block, shape.out).size(), NAN);
  for (int64_t first = 0; first < shape.tiles(); first += block) {
    pass(shape, from.data(), transformed.data(), first, std::min(first + block, shape.tiles()), scratch.data(),
         to.data());
  }
  return to;
}

Floats weight_gradient(const StridedKernels& kernels, const Direct& direct, int64_t block, int64_t part) {
  const StridedShape& shape = direct.shape;
  const Floats input = floats(direct.input), slopes = floats(direct.slopes);
  Floats sums = matrices(shape.depth(), shape.out, 0), gradient(direct.weights.size());
  for (int64_t first = 0; first < shape.tiles(); first += block) {
    const int64_t last = std::min(first + block, shape.tiles());
    Floats inputs = matrices(last - first, shape.depth()), of_slopes = matrices(last - first, shape.out);
    for (int64_t begin = first; begin < last; begin += part) {
      const int64_t end = std::min(begin + part, last);
      kernels.input_values(shape, input.data(), first, last, begin, end, inputs.data());
      kernels.slope_values(shape, slopes.data(), first, last, begin, end, of_slopes.data());
    }
    for (int64_t begin = 0; begin < kStridedFrequencies; begin += part) {
      kernels.add_products(shape, inputs.data(), of_slopes.data(), last - first, begin,
                           std::min(begin + part, kStridedFrequencies), sums.data());
    }
  }
  kernels.weight_gradient(sums.data(), shape.out, shape.in, gradient.data());
  return gradient;
}

}  // namespace

TEST_CASE("convolutions of stride 2 and their gradients are those of the definition", "[kernels][winograd]") {
  constexpr double kAllowed = 2e-6;
  // Sides with and without a rest of tiles, a side of one output, channels with and without a rest of panels.
  for (const StridedShape& shape :
       {StridedShape{2, 16, 8, 64, 64}, StridedShape{1, 18, 12, 64, 80}, StridedShape{3, 2, 6, 128, 16}}) {
    const Direct direct(shape);
    for (const Isa isa : {Isa::plain, Isa::avx2, Isa::avx512}) {
      if (!has_isa(isa)) continue;
      CAPTURE(name_of(isa), shape.height, shape.width, shape.in, shape.out);
      const StridedKernels& kernels = strided_kernels(isa);
      const Floats weights = floats(direct.weights);
      Floats transformed = matrices(shape.depth(), shape.out);
      kernels.transform_weights(weights.data(), shape.out, shape.in, transformed.data());
      CHECK(distance(passed(kernels.forward, shape, floats(direct.input), transformed, direct.output.size(), 5),
                     direct.output) < kAllowed);
      kernels.transform_weights_back(weights.data(), shape.out, shape.in, transformed.data());
      CHECK(distance(passed(kernels.backward, shape, floats(direct.slopes), transformed, direct.input.size(), 5),
                     direct.to_input) < kAllowed);
      CHECK(distance(weight_gradient(kernels, direct, 5, 2), direct.to_weights) < kAllowed);
    }
  }
}

TEST_CASE("bits of a tile of stride 2 do not depend on the range that it is computed in", "[kernels][winograd]") {
  const StridedShape shape = {2, 18, 10, 64, 48};
  const StridedKernels& kernels = strided_kernels();
  const Direct direct(shape);
  const Floats weights = floats(direct.weights), input = floats(direct.input), slopes = floats(direct.slopes);
  Floats there = matrices(shape.depth(), shape.out), back = there;
  kernels.transform_weights(weights.data(), shape.out, shape.in, there.data());
  kernels.transform_weights_back(weights.data(), shape.out, shape.in, back.data());
  const auto both = [&](int64_t block) {
    return std::pair(passed(kernels.forward, shape, input, there, direct.output.size(), block),
                     passed(kernels.backward, shape, slopes, back, direct.input.size(), block));
  };
  const auto whole = both(shape.tiles());
  for (const int64_t block : {1, 4, 7}) CHECK(both(block) == whole);
  const Floats gradient = weight_gradient(kernels, direct, 5, 5);
  for (const int64_t part : {1, 2}) CHECK(weight_gradient(kernels, direct, 5, part) == gradient);
}
