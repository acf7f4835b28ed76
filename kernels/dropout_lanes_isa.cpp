// Compiled once per instruction set, NLB_ISA naming it: see kernels/isa.h and kernels/lanes.h.
#include "kernels/dropout_lanes.h"
#include "kernels/lanes.h"

namespace nlb::NLB_ISA {
namespace {

using Words = Lanes<uint32_t>;
constexpr int64_t kWidth = kLanes<uint32_t>;

/// Both halves of each lane's product with `factor`.
struct WideProduct {
  Words high, low;
};

[[gnu::always_inline]] inline WideProduct times(uint32_t factor, Words words) {
#if defined(__AVX512F__)
  const auto value = reinterpret_cast<__m512i>(words), by = _mm512_set1_epi32(static_cast<int>(factor));
  const auto even = _mm512_mul_epu32(value, by), odd = _mm512_mul_epu32(_mm512_srli_epi64(value, 32), by);
  return {reinterpret_cast<Words>(_mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 32), odd)),
          reinterpret_cast<Words>(_mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32)))};
#elif defined(__AVX2__)
  const auto value = reinterpret_cast<__m256i>(words), by = _mm256_set1_epi32(static_cast<int>(factor));
  const auto even = _mm256_mul_epu32(value, by), odd = _mm256_mul_epu32(_mm256_srli_epi64(value, 32), by);
  return {reinterpret_cast<Words>(_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA)),
          reinterpret_cast<Words>(_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA))};
#else
  WideProduct product{};
  for (int64_t lane = 0; lane < kWidth; ++lane) {
    const uint64_t whole = uint64_t{factor} * words[lane];
    product.high[lane] = static_cast<uint32_t>(whole >> 32);
    product.low[lane] = static_cast<uint32_t>(whole);
  }
  return product;
#endif
}

/// draw() of core/draws.h for a group in each lane: 1 where its element is kept, else 0.
[[gnu::always_inline]] inline void keep(const DropoutDraws& draws, Words groups, Lanes<float> (&kept)[4]) {
  Words w0 = groups, w1 = spread(static_cast<uint32_t>(draws.step)),
        w2 = spread(static_cast<uint32_t>(draws.step >> 32) << 16), w3 = spread(draws.layer);
  uint32_t key0 = draws.key[0], key1 = draws.key[1];
  for (int round = 0; round < 10; ++round) {
    const WideProduct first = times(0xD2511F53u, w0), second = times(0xCD9E8D57u, w2);
    w0 = second.high ^ w1 ^ key0;
    w1 = second.low;
    w2 = first.high ^ w3 ^ key1;
    w3 = first.low;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  const Words least = spread(draws.least);
  const Lanes<float> one = spread(1.F), none{};
  kept[0] = (w0 >> 8) >= least ? one : none;
  kept[1] = (w1 >> 8) >= least ? one : none;
  kept[2] = (w2 >> 8) >= least ? one : none;
  kept[3] = (w3 >> 8) >= least ? one : none;
}

/// first, first + step, ...
Words groups_from(int64_t first, int64_t step) {
  Words groups;
  for (int64_t lane = 0; lane < kWidth; ++lane) groups[lane] = static_cast<uint32_t>(first + lane * step);
  return groups;
}

void mask(const DropoutDraws& draws, int64_t first, int64_t groups, float* mask) {
  for (int64_t group = 0; group < groups; group += kWidth) {
    Lanes<float> kept[4];
    keep(draws, groups_from(first + group, 1), kept);
    for (int64_t lane = 0; lane < kWidth; ++lane) {
      for (int64_t word = 0; word < 4; ++word) mask[4 * (group + lane) + word] = kept[word][lane];
    }
  }
}

void sample(const DropoutDraws& draws, int64_t first, int64_t places, int64_t channels, float scale, const float* input,
            float* output) {
  const int64_t each = places / 4;
  const Words next = spread(static_cast<uint32_t>(kWidth * each));
  const Lanes<float> by = spread(scale);
  for (int64_t part = 0; part < each; ++part) {
    Words groups = groups_from(first + part, each);
    for (int64_t c = 0; c < channels; c += kWidth, groups += next) {
      Lanes<float> kept[4];
      keep(draws, groups, kept);
      for (int64_t place = 0; place < 4; ++place) {
        const int64_t at = (4 * part + place) * channels + c;
        store(output + at, load(input + at) * kept[place] * by);
      }
    }
  }
}

}  // namespace

extern const DropoutLaneKernels kDropoutLanesTable = {.mask = mask, .sample = sample};

}  // namespace nlb::NLB_ISA
