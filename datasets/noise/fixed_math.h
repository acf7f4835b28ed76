// datasets/noise/fixed_math.h -- exp, log and normal draws made of IEEE operations in a fixed order, so that every
// machine and library gives the same bits. Errors stay within two units of the last place; they are for drawing labels,
// not for speed.
#pragma once

#include <cmath>

#include "core/draws.h"

namespace nlb::noise {

// ln 2 in two parts: the first has 32 significant bits, so its product with an exponent is exact.
inline constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;

/// e^x for x <= 0; below -745 it is 0.
inline double fixed_exp(double x) {
  constexpr double kLog2E = 0x1.71547652b82fep+0;
  constexpr int kTerms = 14;
  if (x < -745) return 0;
  const double power = std::floor(x * kLog2E + 0.5);
  const double rest = (x - power * kLn2High) - power * kLn2Low;  // at most ln(2) / 2 in size
  double sum = 1;
  for (int n = kTerms; n >= 1; --n) sum = 1 + sum * rest / n;
  return std::ldexp(sum, static_cast<int>(power));
}

/// Natural logarithm of a positive normal number.
inline double fixed_log(double x) {
  constexpr int kTerms = 12;
  int power = 0;
  double part = std::frexp(x, &power);  // [1/2, 1)
  if (part < 0.70710678118654752) {
    part *= 2;
    --power;
  }
  const double ratio = (part - 1) / (part + 1), square = ratio * ratio;  // log(part) = 2 atanh(ratio)
  double sum = 0;
  for (int n = kTerms; n >= 1; --n) sum = sum * square + 1.0 / (2 * n + 1);
  const double log_part = 2 * ratio + 2 * ratio * square * sum;
  return power * kLn2High + (log_part + power * kLn2Low);
}

/// Standard normal at place (epoch, index): Marsaglia's polar method, its rejected pairs are draws `first`, first + 1,
/// ...; `first` then is the number of the next one.
inline double fixed_normal(Key key, uint64_t epoch, uint64_t index, uint32_t& first) {
  for (;;) {
    const Words4 words = draw(key, epoch, index, first++);
    const double u = 2 * unit_double(words.word[0], words.word[1]) - 1;
    const double v = 2 * unit_double(words.word[2], words.word[3]) - 1;
    const double square = u * u + v * v;
    if (square > 0 && square < 1) return u * std::sqrt(-2 * fixed_log(square) / square);
  }
}

}  // namespace nlb::noise
