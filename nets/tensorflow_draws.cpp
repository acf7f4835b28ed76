#include "nets/tensorflow_draws.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/draws.h"

namespace nlb {
namespace {

constexpr int64_t kWordsPerCounter = 4;
constexpr int64_t kCountersPerGroup = 256;  // reserved for a group of four that may be rejected
constexpr double kCut = 2;
constexpr double kLeastUniform = 1.0e-7;  // under the logarithm

Words4 words_at(TensorflowSeeds seeds, int64_t counter) {
  return philox4x32_10({{static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32),
                         static_cast<uint32_t>(seeds.op), static_cast<uint32_t>(seeds.op >> 32)}},
                       {{static_cast<uint32_t>(seeds.graph), static_cast<uint32_t>(seeds.graph >> 32)}});
}

/// The low 23 bits: TensorFlow puts them into a float in [1, 2) and takes 1 away.
double unit_of(uint32_t word) { return (word & 0x7fffffu) * 0x1.0p-23; }

}  // namespace

void tensorflow_truncated_normals(TensorflowSeeds seeds, int64_t group, double values[4]) {
  int found = 0;
  for (int64_t counter = group * kCountersPerGroup;; ++counter) {
    const Words4 words = words_at(seeds, counter);
    for (int64_t w = 0; w < kWordsPerCounter; w += 2) {
      const double radius = std::sqrt(-2 * std::log(std::max(unit_of(words.word[w]), kLeastUniform)));
      const double angle = 2 * std::numbers::pi * unit_of(words.word[w + 1]);
      for (const double normal : {radius * std::sin(angle), radius * std::cos(angle)}) {
        if (std::abs(normal) < kCut) values[found++] = normal;
        if (found == 4) return;
      }
    }
  }
}

void tensorflow_uniforms(TensorflowSeeds seeds, int64_t group, double values[4]) {
  const Words4 words = words_at(seeds, group);
  std::transform(words.word, words.word + kWordsPerCounter, values, unit_of);
}

}  // namespace nlb
