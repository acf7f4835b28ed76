// kernels/exponential.h -- exp as a body that compilers vectorise: no branch, no table, no call. The same bits on every
// instruction set and device, because nothing is contracted.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/draws.h"

namespace nlb {

/// e^x, at most 2 ulp off, for x in [-708, 709]; anything outside gives nonsense. exp(x) = 2^n exp(r), |r| <= ln(2) /
/// 2: n is rounded by adding 1.5 * 2^52, whose low bits then hold it; exp(r) is its Taylor polynomial of degree 13 (the
/// first omitted term is below 5e-18).
NLB_HD inline double vectorisable_exp(double x) {
  constexpr double kRound = 0x1.8p52;
  constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;  // n * kLn2High is exact
  const double rounded = x * 0x1.71547652b82fep0 + kRound;
  const double n = rounded - kRound;
  const double r = (x - n * kLn2High) - n * kLn2Low;
  double p = 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  uint64_t exponent, bits;
  std::memcpy(&exponent, &rounded, sizeof(exponent));
  std::memcpy(&bits, &p, sizeof(bits));
  bits += exponent << 52;
  std::memcpy(&p, &bits, sizeof(p));
  return p;
}

}  // namespace nlb
