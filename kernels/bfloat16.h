// kernels/bfloat16.h -- bf16 in memory, as LibTorch and CUDA lay it out: the upper half of a float. Arithmetic is
// float's.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "core/draws.h"

namespace nlb {

struct Bfloat16 {
  uint16_t bits;
};

/// What sums of T are kept in, and what its arithmetic is done in.
template <class T>
struct ArithmeticOf {
  using Type = T;
};
template <>
struct ArithmeticOf<Bfloat16> {
  using Type = float;
};
template <class T>
using Arithmetics = typename ArithmeticOf<T>::Type;

NLB_HD inline float widen(Bfloat16 value) {
  const uint32_t bits = static_cast<uint32_t>(value.bits) << 16;
  float wide = 0;
  memcpy(&wide, &bits, sizeof(wide));
  return wide;
}
NLB_HD inline float widen(float value) { return value; }
NLB_HD inline double widen(double value) { return value; }

/// To the nearest, ties to even, as c10::BFloat16; not-a-number stays one.
template <class T>
NLB_HD inline T narrow(Arithmetics<T> value) {
  return value;
}
template <>
NLB_HD inline Bfloat16 narrow<Bfloat16>(float value) {
  uint32_t bits = 0;
  memcpy(&bits, &value, sizeof(bits));
  if (value != value) return {0x7FC0};
  return {static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16)};
}

}  // namespace nlb
