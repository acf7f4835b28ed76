// kernels/lanes.h -- one register of the instruction set that the including file is compiled for. Only sources listed
// by nlb_isa_sources include it, and they include nothing whose inline functions other files share: the linker might
// keep the copy that an old processor cannot run.
#pragma once

#include <cstdint>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace nlb::NLB_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int kRegisterBytes = 64;
constexpr bool kManyRegisters = true;  // 32 instead of 16
#elif defined(__AVX2__)
constexpr int kRegisterBytes = 32;
constexpr bool kManyRegisters = false;
#else
constexpr int kRegisterBytes = 16;
constexpr bool kManyRegisters = false;
#endif

template <typename T>
struct LanesOf {
  using type [[gnu::vector_size(kRegisterBytes), gnu::may_alias]] = T;
};
template <typename T>
using Lanes = typename LanesOf<T>::type;
template <typename T>
constexpr int64_t kLanes = kRegisterBytes / static_cast<int64_t>(sizeof(T));

/// A register's worth of values at an address that need not be a register's.
template <typename T>
using LooseLanes [[gnu::vector_size(kRegisterBytes), gnu::aligned(sizeof(T)), gnu::may_alias]] = T;

template <typename T>
[[gnu::always_inline]] inline Lanes<T> load(const T* from) {
  return *reinterpret_cast<const LooseLanes<T>*>(from);
}
template <typename T>
[[gnu::always_inline]] inline void store(T* to, Lanes<T> value) {
  *reinterpret_cast<LooseLanes<T>*>(to) = value;
}

template <typename T>
[[gnu::always_inline]] inline Lanes<T> spread(T value) {
  return value - Lanes<T>{};
}

/// a * b + c, rounded once where the set has it.
[[gnu::always_inline]] inline Lanes<float> fma(Lanes<float> a, Lanes<float> b, Lanes<float> c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);
#elif defined(__AVX2__)
  return _mm256_fmadd_ps(a, b, c);
#else
  return a * b + c;
#endif
}
[[gnu::always_inline]] inline Lanes<double> fma(Lanes<double> a, Lanes<double> b, Lanes<double> c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_pd(a, b, c);
#elif defined(__AVX2__)
  return _mm256_fmadd_pd(a, b, c);
#else
  return a * b + c;
#endif
}

/// Sum over the lanes, halves first: (l0 + l4 + ...) pairs up, whatever the width.
template <typename T>
[[gnu::always_inline]] inline T sum(Lanes<T> lanes) {
  T values[kLanes<T>];
  __builtin_memcpy(values, &lanes, sizeof(values));
  for (int64_t half = kLanes<T> / 2; half > 0; half /= 2) {
    for (int64_t i = 0; i < half; ++i) values[i] += values[i + half];
  }
  return values[0];
}
#if defined(__AVX512F__)
template <>
[[gnu::always_inline]] inline float sum<float>(Lanes<float> lanes) {
  return _mm512_reduce_add_ps(lanes);
}
#endif

/// A first argument that is not a number stays: ReLU must not hide it.
template <typename T>
[[gnu::always_inline]] inline Lanes<T> larger(Lanes<T> a, Lanes<T> b) {
  return a <= b ? b : a;
}

}  // namespace
}  // namespace nlb::NLB_ISA
