// kernels/state_digest.h -- sums over a tensor's bytes that stand for them in the state chain (engine/chain.h): exact
// integers mod 2^64, so any grouping of the work, on any processor, gives the same value.
//
// The bytes (logical element order, contiguous, little-endian), padded with zeros to a multiple of 64, are 64-bit words
// of two halves; 1,024 words are a tile, the last tile may be shorter. With j a word's place in its tile and K the
// keys:
//   S0 = sum of word[j]
//   Sl = sum of (low[j] + K[2 i] mod 2^32) * (high[j] + K[2 i + 1] mod 2^32),   i = j + 8 (l - 1),   l = 1, 2, 3, 4
// and the lanes of a tensor are, over its tiles t, Ll = sum of mix64(Sl + (5 t + l + 1) * 0x9E3779B97F4A7C15), l = 0
// to 4. K is digest_key, mix64 is digest_mix below.
//
// A change inside one word always shows: S0 of its tile moves by less than 2^64, mix64 is a bijection, and no other
// tile's term moves. So does every single flipped bit. S1 to S4 are NH with a Toeplitz shift (Black et al., "UMAC",
// CRYPTO 1999): two different tiles of one length agree in all four for at most 2^-128 of all keys. Ours are fixed,
// which is enough against training states, which know nothing of them, and no defence against somebody who looks for a
// collision.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "core/draws.h"

namespace nlb {

static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");

inline constexpr int kDigestLanes = 5;
inline constexpr int64_t kDigestTileWords = 1024, kDigestTileBytes = 8 * kDigestTileWords;
inline constexpr int64_t kDigestPadding = 64;  ///< bytes
inline constexpr int64_t kDigestShift = 8;     ///< words between the keys of two lanes
inline constexpr int64_t kDigestKeys = 2 * (kDigestTileWords + kDigestShift * (kDigestLanes - 2));

struct DigestSums {
  uint64_t lane[kDigestLanes] = {};
};

/// K[i]. Constants of a 32-bit bijection with low bias (Wellons, "hash-prospector": lowbias32).
NLB_HD inline uint32_t digest_key(uint32_t i) {
  uint32_t key = (i + 1) * 0x9E3779B9u;
  key = (key ^ key >> 16) * 0x7FEB352Du;
  key = (key ^ key >> 15) * 0x846CA68Bu;
  return key ^ key >> 16;
}

/// SplitMix64's last step (Steele, Lea, Flood, OOPSLA 2014): a bijection.
NLB_HD inline uint64_t digest_mix(uint64_t sum) {
  sum = (sum ^ sum >> 30) * 0xBF58476D1CE4E5B9u;
  sum = (sum ^ sum >> 27) * 0x94D049BB133111EBu;
  return sum ^ sum >> 31;
}

/// Adds word j of a tile to its sums S. `keys` [kDigestKeys].
NLB_HD inline void digest_word(uint64_t word, int64_t j, const uint32_t* keys, DigestSums& sums) {
  sums.lane[0] += word;
  for (int lane = 1; lane < kDigestLanes; ++lane) {
    const uint32_t* key = keys + 2 * (j + kDigestShift * (lane - 1));
    const uint32_t low = static_cast<uint32_t>(word) + key[0], high = static_cast<uint32_t>(word >> 32) + key[1];
    sums.lane[lane] += static_cast<uint64_t>(low) * high;
  }
}

/// What the sums S of tile t add to lane `lane`.
NLB_HD inline uint64_t digest_tile(uint64_t sum, int64_t tile, int lane) {
  const auto place = static_cast<uint64_t>(tile) * kDigestLanes + static_cast<uint64_t>(lane) + 1;
  return digest_mix(sum + place * 0x9E3779B97F4A7C15u);
}

/// Word `index` of `size` bytes, zeros behind their end. Bytes of any alignment.
[[gnu::always_inline]] NLB_HD inline uint64_t digest_load(const uint8_t* bytes, int64_t size, int64_t index) {
  const uint8_t* begin = bytes + 8 * index;
  const int64_t left = size - 8 * index;
  uint64_t word = 0;
#if defined(__CUDA_ARCH__) || defined(NLB_CUDA_SHIM)
  if (left >= 8 && reinterpret_cast<uintptr_t>(begin) % 8 == 0) return *reinterpret_cast<const uint64_t*>(begin);
  for (int64_t i = 0; i < 8 && i < left; ++i) word |= static_cast<uint64_t>(begin[i]) << (8 * i);
#else
  if (left > 0) std::memcpy(&word, begin, static_cast<size_t>(left < 8 ? left : 8));
#endif
  return word;
}

NLB_HD inline int64_t digest_words(int64_t size) { return (size + kDigestPadding - 1) / kDigestPadding * 8; }
NLB_HD inline int64_t digest_tiles(int64_t size) { return (size + kDigestTileBytes - 1) / kDigestTileBytes; }

/// Adds tiles [begin, end) of `size` bytes to the lanes. Host memory.
void state_digest_cpu(const void* bytes, int64_t size, int64_t begin, int64_t end, DigestSums& lanes);
/// The same by the bodies above alone, without this processor's vector instructions.
void state_digest_plain(const void* bytes, int64_t size, int64_t begin, int64_t end, DigestSums& lanes);

/// A tensor among those that one launch takes together.
struct DigestPart {
  const void* bytes;
  int64_t size;
  int64_t first_tile;  ///< tiles of all parts before this one
};

/// lanes[p] += those of parts[p], for p < count; `tiles` of all parts together. On the current CUDA device; `parts` and
/// `lanes` are device memory, `stream` a cudaStream_t. Returns when launched; throws InternalError when the launch is
/// refused.
void state_digest_cuda(const DigestPart* parts, int64_t count, int64_t tiles, DigestSums* lanes, void* stream);

}  // namespace nlb
