// kernels/mixture_sums.h -- what the two fits of mixture.h share: sums over samples in one fixed order, compiled for
// the widest vectors the processor has.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>

#include "core/error.h"
#include "kernels/isa.h"

namespace nlb::mixture {

inline constexpr int64_t kBlock = 256;  // samples whose shares lie in the first-level cache before they are summed
inline constexpr int64_t kLanes = 8;    // sums that run side by side: their order is the same on every instruction set

/// Throws TrialFailure for fewer than two values and for one that is not finite, naming it.
template <class T>
void check_values(const T* values, int64_t count) {
  if (count < 2) throw TrialFailure("a mixture needs two values or more, not " + std::to_string(count));
  for (int64_t i = 0; i < count; ++i) {
    if (std::isfinite(values[i])) continue;
    throw TrialFailure("a mixture cannot be fitted: value " + std::to_string(i) + " of " + std::to_string(count) +
                       " is " + (std::isnan(values[i]) ? "NaN" : "infinite"));
  }
}

/// Of both components, about a point near each mean: sums of r, r d and r d^2. `logs`: sum of log densities.
struct Moments {
  double weight[2] = {}, first[2] = {}, second[2] = {};
  double logs = 0;
};

/// Shares of one block; samples behind the end weigh nothing.
struct Block {
  double share[2][kBlock], offset[2][kBlock], larger[kBlock], excess[kBlock];

  void clear_from(int64_t begin) {
    for (auto* part : {share[0], share[1], offset[0], offset[1], larger}) std::fill(part + begin, part + kBlock, 0.0);
    std::fill(excess + begin, excess + kBlock, 1.0);
  }
};

/// Eight sums in one value of GCC and Clang; split up where the processor's vectors are shorter.
using Lanes [[gnu::vector_size(kLanes * sizeof(double))]] = double;

struct LaneSums {
  Lanes weight[2] = {}, first[2] = {}, second[2] = {}, larger = {};
  double logs = 0;
};

inline double total(const Lanes& lanes) {
  double sum = 0;
  for (int64_t lane = 0; lane < kLanes; ++lane) sum += lanes[lane];
  return sum;
}

[[gnu::always_inline]] inline void load(const double* from, Lanes& to) { std::memcpy(&to, from, sizeof(to)); }

[[gnu::always_inline]] inline void add_block(const Block& block, LaneSums& all) {
  LaneSums sums = all;
  Lanes product = {1, 1, 1, 1, 1, 1, 1, 1}, share, offset, other;
  for (int64_t i = 0; i < kBlock; i += kLanes) {
    for (int k = 0; k < 2; ++k) {
      load(block.share[k] + i, share);
      load(block.offset[k] + i, offset);
      sums.weight[k] += share;
      share *= offset;
      sums.first[k] += share;
      sums.second[k] += share * offset;
    }
    load(block.larger + i, other);
    sums.larger += other;
    load(block.excess + i, other);
    product *= other;  // 2^256 at most: one logarithm serves the block
  }
  double excess = 1;
  for (int64_t lane = 0; lane < kLanes; ++lane) excess *= product[lane];
  sums.logs += std::log(excess);
  all = sums;
}

inline Moments totals(const LaneSums& sums) {
  Moments moments;
  for (int k = 0; k < 2; ++k) {
    moments.weight[k] = total(sums.weight[k]);
    moments.first[k] = total(sums.first[k]);
    moments.second[k] = total(sums.second[k]);
  }
  moments.logs = total(sums.larger) + sums.logs;
  return moments;
}

/// `share_one(i, at, block)` fills place `at` of the block for sample i.
template <class ShareOne>
[[gnu::always_inline]] inline Moments sum_over(int64_t count, const ShareOne& share_one) {
  LaneSums sums;
  Block block;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t size = std::min(kBlock, count - begin);
    for (int64_t i = 0; i < size; ++i) share_one(begin + i, i, block);
    if (size < kBlock) block.clear_from(size);
    add_block(block, sums);
  }
  return totals(sums);
}

/// Runs `body`, an always-inline lambda, compiled for the widest vectors the processor has. All give the same bits,
/// since nothing is contracted and lanes are summed apart.
#if defined(__x86_64__)
template <class Body>
[[gnu::target("avx512f"), gnu::noinline]] auto on_avx512(const Body& body) {
  return body();
}
template <class Body>
[[gnu::target("avx2"), gnu::noinline]] auto on_avx2(const Body& body) {
  return body();
}
template <class Body>
auto on_widest(const Body& body) {
  if (cpu_isa() == Isa::avx512) return on_avx512(body);
  return cpu_isa() == Isa::avx2 ? on_avx2(body) : body();
}
#else
template <class Body>
auto on_widest(const Body& body) {
  return body();
}
#endif

}  // namespace nlb::mixture
