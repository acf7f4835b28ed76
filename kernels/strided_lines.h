// kernels/strided_lines.h -- the one-dimensional transforms of F(4, 2) and F(4, 1), for kernels/strided_conv_isa.cpp
// alone. Five frequencies: +-a, +-b and infinity; F(4, 1), of four inputs and one weight, has no infinity.
#pragma once

#include "kernels/lanes.h"

namespace nlb::NLB_ISA {
namespace {

// Exact in float. Beside +-3/4, +-3/2 of kernels/winograd_lines.h, which has a point more, errors are two thirds.
constexpr float kA = 0.5F, kB = 1.5F;
constexpr float kA2 = kA * kA, kB2 = kB * kB, kA3 = kA2 * kA, kB3 = kB2 * kB;
constexpr float kSum = kA2 + kB2, kProduct = kA2 * kB2;
// Products of the differences to the other points, which the transform of the weights divides by.
constexpr float kAtA = 2 * kA * (kA2 - kB2), kAtB = 2 * kB * (kB2 - kA2);

using Line = Lanes<float>;

[[gnu::always_inline]] inline Line times(float factor, Line value) { return spread(factor) * value; }
[[gnu::always_inline]] inline Line plus(Line value, float factor, Line other) {
  return fma(spread(factor), other, value);
}

/// What a line of values is made to frequencies of.
enum class Of { inputs, slopes };

/// Frequencies of half 0, +-a, and of half 1, +-b and infinity: four inputs have none there.
template <Of OF, int HALF, int SIDE>
constexpr int kHalfCount = HALF == 0 || (OF == Of::inputs && SIDE == 4) ? 2 : 3;

/// SIDE values, from(0) on, to the frequencies of one half: B'd of inputs; of four slopes A s, the transpose of
/// output_line.
template <Of OF, int HALF, int SIDE, typename From>
[[gnu::always_inline]] inline void line_half(From from, Line* to, int to_step) {
  constexpr float kPoint = HALF == 0 ? kA : kB, kOther2 = HALF == 0 ? kB2 : kA2;
  Line even, odd;
  if constexpr (OF == Of::inputs) {
    even = plus(from(3), -kOther2, from(1));
    odd = times(kPoint, plus(from(2), -kOther2, from(0)));
  } else {
    even = plus(from(0), kPoint * kPoint, from(2));
    odd = plus(times(kPoint, from(1)), kPoint * kPoint * kPoint, from(3));
  }
  to[0] = even + odd;
  to[to_step] = even - odd;
  if constexpr (kHalfCount<OF, HALF, SIDE> == 3) {
    to[2 * to_step] = OF == Of::slopes ? from(3) : plus(plus(from(4), -kSum, from(2)), kProduct, from(0));
  }
}

/// Five frequencies, or four, to four outputs: A'm.
template <int COUNT, typename From>
[[gnu::always_inline]] inline void output_line(From from, Line* to, int to_step) {
  const Line m0 = from(0), m1 = from(1), m2 = from(2), m3 = from(3);
  const Line sum_a = m0 + m1, difference_a = m0 - m1, sum_b = m2 + m3, difference_b = m2 - m3;
  to[0] = sum_a + sum_b;
  to[to_step] = plus(times(kA, difference_a), kB, difference_b);
  to[2 * to_step] = plus(times(kA2, sum_a), kB2, sum_b);
  const Line last = COUNT == 5 ? plus(from(4), kA3, difference_a) : times(kA3, difference_a);
  to[3 * to_step] = plus(last, kB3, difference_b);
}

/// Three weights to the frequencies of one phase: G g, of the outer two for the odd phase, of the middle one for the
/// even.
[[gnu::always_inline]] inline void weight_line(bool odd, const Line* from, int from_step, Line* to, int to_step) {
  const Line first = odd ? from[0] : from[from_step], second = odd ? from[2 * from_step] : Line{};
  to[0] = times(1 / kAtA, plus(first, kA, second));
  to[to_step] = times(-1 / kAtA, plus(first, -kA, second));
  to[2 * to_step] = times(1 / kAtB, plus(first, kB, second));
  to[3 * to_step] = times(-1 / kAtB, plus(first, -kB, second));
  to[4 * to_step] = second;
}

/// The transpose of weight_line: frequencies of one phase to the places of its weights.
[[gnu::always_inline]] inline void gradient_line(bool odd, const Line* from, int from_step, Line* to, int to_step) {
  const Line sum_a = from[0] - from[from_step], sum_b = from[2 * from_step] - from[3 * from_step];
  const Line first = plus(times(1 / kAtA, sum_a), 1 / kAtB, sum_b);
  if (!odd) {
    to[to_step] = first;
    return;
  }
  to[0] = first;
  const Line of_a = from[0] + from[from_step], of_b = from[2 * from_step] + from[3 * from_step];
  to[2 * to_step] = plus(plus(from[4 * from_step], kA / kAtA, of_a), kB / kAtB, of_b);
}

}  // namespace
}  // namespace nlb::NLB_ISA
