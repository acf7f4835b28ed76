#include "core/draws.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "core/error.h"
#include "core/sha256.h"

namespace nlb {
namespace {

Key key_of(const Digest& digest) {
  Key key{};
  for (size_t i = 0; i < 8; ++i) key.word[i / 4] |= static_cast<uint32_t>(digest[i]) << (8 * (i % 4));
  return key;
}

/// log(exp(a) + exp(b)) without overflow.
double log_sum(double a, double b) { return std::max(a, b) + std::log1p(std::exp(-std::fabs(a - b))); }

/// floor(word * bound / 2^64), in 64-bit steps.
uint64_t below_wide(uint32_t high, uint32_t low, uint32_t bound) {
  const uint64_t carried = static_cast<uint64_t>(low) * bound >> 32;
  return (static_cast<uint64_t>(high) * bound + carried) >> 32;
}

}  // namespace

Key derive(uint64_t seed, std::string_view purpose) {
  return key_of(sha256("nlbench:" + std::string(purpose) + ":" + std::to_string(seed)));
}

Key derive(Key parent, std::string_view name) {
  std::string text = "nlbench/";
  for (const uint32_t word : parent.word) {
    for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>(word >> shift & 0xFF);
  }
  return key_of(sha256(text + std::string(name)));
}

double draw_beta(Key key, uint64_t epoch, uint64_t index, double a, double b) {
  NLB_CHECK(a > 0 && b > 0 && std::isfinite(a) && std::isfinite(b), "Beta needs positive finite parameters");
  const double sum = a + b;
  const double scale = std::min(a, b) <= 1 ? 1 / std::min(a, b) : std::sqrt((sum - 2) / (2 * a * b - sum));
  const double slope = a + 1 / scale;
  for (uint32_t k = 0;; ++k) {
    const Words4 words = draw(key, epoch, index, k);
    const double u = open_unit_double(words.word[0], words.word[1]);
    const double v = scale * (std::log(u) - std::log1p(-u));
    // Cheng's W = a exp(v) overflows for small a, so it stays a logarithm.
    const double log_w = std::log(a) + v, log_total = log_sum(log_w, std::log(b));
    const double accept = 2 * std::log(u) + std::log(open_unit_double(words.word[2], words.word[3]));
    if (sum * (std::log(sum) - log_total) + slope * v - std::log(4.0) >= accept) return std::exp(log_w - log_total);
  }
}

std::vector<int64_t> draw_permutation(Key key, uint64_t epoch, int64_t count) {
  NLB_CHECK(count >= 0 && count < (int64_t{1} << 32), "a permutation has 0 to 2^32 - 1 elements");
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), int64_t{0});
  for (size_t i = order.size(); i-- > 1;) {
    const Words4 words = draw(key, epoch, i, 0);
    std::swap(order[i], order[below_wide(words.word[0], words.word[1], static_cast<uint32_t>(i + 1))]);
  }
  return order;
}

}  // namespace nlb
