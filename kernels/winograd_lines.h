// kernels/winograd_lines.h -- the one-dimensional transforms of F(4, 3), for kernels/winograd_isa.cpp alone.
#pragma once

#include "kernels/lanes.h"

namespace nlb::NLB_ISA {
namespace {

// Points 0, +-a, +-b and infinity; all of these are exact in float.
constexpr double kA = 0.75, kB = 1.5;
constexpr double kA2 = kA * kA, kB2 = kB * kB, kA3 = kA2 * kA, kB3 = kB2 * kB;
constexpr double kSum = kA2 + kB2, kProduct = kA2 * kB2;
// Products of the differences to the other points, which the transform of the weights divides by.
constexpr double kAt0 = kProduct, kAtA = 2 * kA2 * (kA2 - kB2), kAtB = 2 * kB2 * (kB2 - kA2);

template <typename T>
[[gnu::always_inline]] inline Lanes<T> times(double factor, Lanes<T> value) {
  return spread<T>(static_cast<T>(factor)) * value;
}
template <typename T>
[[gnu::always_inline]] inline Lanes<T> plus(Lanes<T> value, double factor, Lanes<T> other) {
  return fma(spread<T>(static_cast<T>(factor)), other, value);
}

// `from` and `to` step through a tile's row or column.
//
// A tile of 6x6 does not fit the registers, so its columns go to three of their six frequencies at a time: 0 and +-a
// (half 0), then +-b and infinity (half 1), which share no term.

/// Six inputs, from(0) to from(5), to three frequencies: B'd.
template <typename T, int HALF, typename From>
[[gnu::always_inline]] inline void input_half(From from, Lanes<T>* to, int to_step) {
  if constexpr (HALF == 0) {
    const Lanes<T> d1 = from(1), d2 = from(2), d3 = from(3), d4 = from(4);
    const Lanes<T> even = plus<T>(d4, -kB2, d2), odd = times<T>(kA, plus<T>(d3, -kB2, d1));
    to[0] = plus<T>(plus<T>(d4, -kSum, d2), kProduct, from(0));
    to[to_step] = even + odd;
    to[2 * to_step] = even - odd;
  } else {
    const Lanes<T> d1 = from(1), d2 = from(2), d3 = from(3), d4 = from(4);
    const Lanes<T> even = plus<T>(d4, -kA2, d2), odd = times<T>(kB, plus<T>(d3, -kA2, d1));
    to[0] = even + odd;
    to[to_step] = even - odd;
    to[2 * to_step] = plus<T>(plus<T>(from(5), -kSum, d3), kProduct, d1);
  }
}

/// Four slopes to three frequencies: A s, the transpose of output_line.
template <typename T, int HALF, typename From>
[[gnu::always_inline]] inline void slope_half(From from, Lanes<T>* to, int to_step) {
  constexpr double kPoint = HALF == 0 ? kA : kB, kPoint2 = HALF == 0 ? kA2 : kB2, kPoint3 = HALF == 0 ? kA3 : kB3;
  const Lanes<T> even = plus<T>(from(0), kPoint2, from(2)), odd = plus<T>(times<T>(kPoint, from(1)), kPoint3, from(3));
  if constexpr (HALF == 0) {
    to[0] = from(0);
    to[to_step] = even + odd;
    to[2 * to_step] = even - odd;
  } else {
    to[0] = even + odd;
    to[to_step] = even - odd;
    to[2 * to_step] = from(3);
  }
}

/// Six frequencies to four outputs: A'm.
template <typename T, typename From>
[[gnu::always_inline]] inline void output_line(From from, Lanes<T>* to, int to_step) {
  const Lanes<T> m0 = from(0), m1 = from(1), m2 = from(2), m3 = from(3), m4 = from(4), m5 = from(5);
  const Lanes<T> sum_a = m1 + m2, difference_a = m1 - m2, sum_b = m3 + m4, difference_b = m3 - m4;
  to[0] = m0 + sum_a + sum_b;
  to[to_step] = plus<T>(times<T>(kA, difference_a), kB, difference_b);
  to[2 * to_step] = plus<T>(times<T>(kA2, sum_a), kB2, sum_b);
  to[3 * to_step] = plus<T>(plus<T>(m5, kA3, difference_a), kB3, difference_b);
}

/// Three weights to six frequencies: G g.
template <typename T>
[[gnu::always_inline]] inline void weight_line(const Lanes<T>* from, int from_step, Lanes<T>* to, int to_step) {
  const Lanes<T> g0 = from[0], g1 = from[from_step], g2 = from[2 * from_step];
  const Lanes<T> even_a = plus<T>(g0, kA2, g2), odd_a = times<T>(kA, g1);
  const Lanes<T> even_b = plus<T>(g0, kB2, g2), odd_b = times<T>(kB, g1);
  to[0] = times<T>(1 / kAt0, g0);
  to[to_step] = times<T>(1 / kAtA, even_a + odd_a);
  to[2 * to_step] = times<T>(1 / kAtA, even_a - odd_a);
  to[3 * to_step] = times<T>(1 / kAtB, even_b + odd_b);
  to[4 * to_step] = times<T>(1 / kAtB, even_b - odd_b);
  to[5 * to_step] = g2;
}

/// Six frequencies to three weights: G'u, the transpose of weight_line.
template <typename T>
[[gnu::always_inline]] inline void gradient_line(const Lanes<T>* from, int from_step, Lanes<T>* to, int to_step) {
  const Lanes<T> u0 = times<T>(1 / kAt0, from[0]), u1 = times<T>(1 / kAtA, from[from_step]),
                 u2 = times<T>(1 / kAtA, from[2 * from_step]), u3 = times<T>(1 / kAtB, from[3 * from_step]),
                 u4 = times<T>(1 / kAtB, from[4 * from_step]), u5 = from[5 * from_step];
  to[0] = u0 + (u1 + u2) + (u3 + u4);
  to[to_step] = plus<T>(times<T>(kA, u1 - u2), kB, u3 - u4);
  to[2 * to_step] = plus<T>(plus<T>(u5, kA2, u1 + u2), kB2, u3 + u4);
}

}  // namespace
}  // namespace nlb::NLB_ISA
