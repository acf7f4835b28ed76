// core/draws.h -- counter-based randomness: every draw is a pure function of (seed, purpose, epoch, index, k).
// Generator: Philox 4x32-10, Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011; pinned to its
// published vectors. Bodies are host and device code, so CPU and GPU draw the same bits
// (of normals: up to the last bits of log).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#if defined(__CUDACC__)
#define NLB_HD __host__ __device__
#else
#define NLB_HD
#endif

namespace nlb {

/// Goes up when any draw below changes its value (it is part of every trial id).
inline constexpr int kDrawsRevision = 1;

struct Key {
  uint32_t word[2];
};

struct Words4 {
  uint32_t word[4];
};

NLB_HD inline Words4 philox4x32_10(Words4 counter, Key key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = 0xD2511F53ull * counter.word[0];
    const uint64_t product1 = 0xCD9E8D57ull * counter.word[2];
    counter = {{static_cast<uint32_t>(product1 >> 32) ^ counter.word[1] ^ key.word[0], static_cast<uint32_t>(product1),
                static_cast<uint32_t>(product0 >> 32) ^ counter.word[3] ^ key.word[1],
                static_cast<uint32_t>(product0)}};
    key.word[0] += 0x9E3779B9u;
    key.word[1] += 0xBB67AE85u;
  }
  return counter;
}

/// Key of one purpose ("noise", "split", "init", "order", "augment", "mix", "dropout", "method:<name>"): the first
/// eight bytes, little-endian, of SHA-256("nlbench:" + purpose + ":" + decimal seed).
Key derive(uint64_t seed, std::string_view purpose);
/// A key below another one, for draws inside a purpose that need a name of their own (a layer, a network): likewise of
/// SHA-256("nlbench/" + the parent's two words as eight little-endian bytes + name).
Key derive(Key parent, std::string_view name);

/// Four fresh 32-bit words at place (epoch, index, k). epoch < 2^32, index < 2^32 in the low word (higher bits of index
/// go to the third word), k < 2^32.
NLB_HD inline Words4 draw(Key key, uint64_t epoch, uint64_t index, uint32_t k) {
  return philox4x32_10({{static_cast<uint32_t>(index), static_cast<uint32_t>(epoch),
                         static_cast<uint32_t>(index >> 32) ^ (static_cast<uint32_t>(epoch >> 32) << 16), k}},
                       key);
}

/// [0, 1) with 24 bits, exact in float.
NLB_HD inline float unit_float(uint32_t word) { return static_cast<float>(word >> 8) * 0x1.0p-24f; }
/// [0, 1) with 53 bits.
NLB_HD inline double unit_double(uint32_t high, uint32_t low) {
  return static_cast<double>((static_cast<uint64_t>(high) << 21) ^ (low >> 11)) * 0x1.0p-53;
}
/// (0, 1): the odd multiples of 2^-53, symmetric about one half, each exact; safe under log.
NLB_HD inline double open_unit_double(uint32_t high, uint32_t low) {
  return static_cast<double>(((static_cast<uint64_t>(high) << 20) ^ (low >> 12)) * 2 + 1) * 0x1.0p-53;
}
/// [0, bound) by multiplication; the bias is below bound / 2^32.
NLB_HD inline uint32_t below(uint32_t word, uint32_t bound) {
  return static_cast<uint32_t>((static_cast<uint64_t>(word) * bound) >> 32);
}
/// Standard normal, inverse distribution function (Wichura's AS 241, |relative error| < 1e-15) of open_unit_double of
/// the first two words.
NLB_HD double standard_normal(Words4 words);
/// Inverse of the standard normal distribution function on (0, 1), AS 241.
NLB_HD double inverse_normal(double probability);

/// Beta(a, b), a > 0, b > 0, at place (epoch, index); draws k = 0, 1, ... as its rejection needs (algorithm BA of
/// Cheng, "Generating beta variates with nonintegral shape parameters", CACM 21, 1978: fewer than 4 rounds on average).
double draw_beta(Key key, uint64_t epoch, uint64_t index, double a, double b);

/// A uniform permutation of 0..count-1 (Fisher-Yates from the top, 64-bit products: bias below 2^-32 per swap).
std::vector<int64_t> draw_permutation(Key key, uint64_t epoch, int64_t count);

}  // namespace nlb

#include "core/draws_normal.h"  // IWYU pragma: export
