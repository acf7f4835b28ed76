#include <algorithm>
#include <array>
#include <cstring>

#include "kernels/isa.h"
#include "kernels/state_digest.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace nlb {
namespace {

struct alignas(64) Keys {
  Keys() {
    for (uint32_t i = 0; i < kDigestKeys; ++i) word[i] = digest_key(i);
  }
  uint32_t word[kDigestKeys];
};
const Keys& digest_keys() {
  static const Keys keys;
  return keys;
}

/// Adds `words` words of a tile from place j on, a multiple of 8, to its sums S; all of them lie inside the tensor.
using AddWords = void (*)(const uint8_t* bytes, int64_t words, int64_t j, DigestSums& sums);

void add_words_plain(const uint8_t* bytes, int64_t words, int64_t j, DigestSums& sums) {
  const uint32_t* keys = digest_keys().word;
  for (int64_t i = 0; i < words; ++i) digest_word(digest_load(bytes, 8 * words, i), j + i, keys, sums);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) void add_words_avx2(const uint8_t* bytes, int64_t words, int64_t j, DigestSums& sums) {
  constexpr int64_t kWords = 4;  // in a register
  const uint32_t* keys = digest_keys().word + 2 * j;
  __m256i lanes[kDigestLanes] = {};
  for (int64_t i = 0; i < words; i += kWords) {
    const __m256i word = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + 8 * i));
    lanes[0] = _mm256_add_epi64(lanes[0], word);
#pragma GCC unroll 4
    for (int lane = 1; lane < kDigestLanes; ++lane) {
      const uint32_t* key = keys + 2 * (i + kDigestShift * (lane - 1));
      const __m256i sum = _mm256_add_epi32(word, _mm256_load_si256(reinterpret_cast<const __m256i*>(key)));
      lanes[lane] = _mm256_add_epi64(lanes[lane], _mm256_mul_epu32(sum, _mm256_srli_epi64(sum, 32)));
    }
  }
  for (int lane = 0; lane < kDigestLanes; ++lane) {
    alignas(32) std::array<uint64_t, kWords> parts;
    _mm256_store_si256(reinterpret_cast<__m256i*>(parts.data()), lanes[lane]);
    sums.lane[lane] += parts[0] + parts[1] + parts[2] + parts[3];
  }
}
#endif

AddWords fastest() {
#if defined(__x86_64__)
  if (cpu_isa() >= Isa::avx2) return add_words_avx2;
#endif
  return add_words_plain;
}

void add_tiles(AddWords add_words, const void* data, int64_t size, int64_t begin, int64_t end, DigestSums& lanes) {
  for (int64_t tile = begin; tile < end; ++tile) {
    const uint8_t* bytes = static_cast<const uint8_t*>(data) + tile * kDigestTileBytes;
    const int64_t left = std::min(size - tile * kDigestTileBytes, kDigestTileBytes);
    const int64_t whole = left / kDigestPadding * kDigestPadding;
    DigestSums sums;
    add_words(bytes, whole / 8, 0, sums);
    if (whole < left) {
      alignas(8) uint8_t padded[kDigestPadding] = {};
      std::memcpy(padded, bytes + whole, static_cast<size_t>(left - whole));
      add_words(padded, kDigestPadding / 8, whole / 8, sums);
    }
    for (int lane = 0; lane < kDigestLanes; ++lane) lanes.lane[lane] += digest_tile(sums.lane[lane], tile, lane);
  }
}

}  // namespace

void state_digest_cpu(const void* bytes, int64_t size, int64_t begin, int64_t end, DigestSums& lanes) {
  static const AddWords add_words = fastest();
  add_tiles(add_words, bytes, size, begin, end, lanes);
}

void state_digest_plain(const void* bytes, int64_t size, int64_t begin, int64_t end, DigestSums& lanes) {
  add_tiles(add_words_plain, bytes, size, begin, end, lanes);
}

}  // namespace nlb
