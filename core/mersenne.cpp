#include "core/mersenne.h"

#include <openssl/evp.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "core/error.h"

namespace nlb {
namespace {

constexpr uint32_t kSize = 624;
constexpr uint32_t kMiddle = 397;

/// [0, 1) with 53 bits, as both CPython and numpy build it.
double double53(Mt19937& engine) {
  const uint32_t high = engine.next() >> 5, low = engine.next() >> 6;
  return (high * 67108864.0 + low) / 9007199254740992.0;
}

/// numpy's binomial(1, p) by inversion for p <= 1/2. The loop can only run on when rounding leaves u above both terms;
/// then numpy draws again, and so must we.
bool inversion(Mt19937& engine, double p) {
  const double q = 1.0 - p;
  const double none = std::exp(std::log(q));
  for (;;) {
    const double u = double53(engine);
    if (u <= none) return false;
    if (u - none <= p * none / q) return true;
  }
}

bool binomial_one(Mt19937& engine, double p, ZeroProbability at_zero) {
  if (p == 0.0 && at_zero == ZeroProbability::draws_nothing) return false;
  return p <= 0.5 ? inversion(engine, p) : !inversion(engine, 1.0 - p);
}

template <class Below>
void shuffle_from_top(std::span<int64_t> values, Below at_most) {
  for (size_t i = values.size(); i-- > 1;) std::swap(values[i], values[at_most(static_cast<uint32_t>(i))]);
}

}  // namespace

Mt19937 Mt19937::from_integer(uint32_t seed) {
  Mt19937 engine;
  engine.state_[0] = seed;
  for (uint32_t i = 1; i < kSize; ++i) {
    const uint32_t last = engine.state_[i - 1];
    engine.state_[i] = 1812433253u * (last ^ last >> 30) + i;
  }
  return engine;
}

Mt19937 Mt19937::from_array(std::span<const uint32_t> words) {
  NLB_CHECK(!words.empty(), "init_by_array needs at least one word");
  Mt19937 engine = from_integer(19650218u);
  uint32_t* state = engine.state_;
  uint32_t i = 1;
  const auto step_on = [&] {
    if (++i < kSize) return;
    state[0] = state[kSize - 1];
    i = 1;
  };
  for (size_t k = 0, j = 0; k < std::max<size_t>(kSize, words.size()); ++k, j = (j + 1) % words.size()) {
    state[i] = (state[i] ^ (state[i - 1] ^ state[i - 1] >> 30) * 1664525u) + words[j] + static_cast<uint32_t>(j);
    step_on();
  }
  for (uint32_t k = 1; k < kSize; ++k) {
    state[i] = (state[i] ^ (state[i - 1] ^ state[i - 1] >> 30) * 1566083941u) - i;
    step_on();
  }
  state[0] = 0x80000000u;
  return engine;
}

void Mt19937::refill() {
  for (uint32_t i = 0; i < kSize; ++i) {
    const uint32_t joined = (state_[i] & 0x80000000u) | (state_[(i + 1) % kSize] & 0x7FFFFFFFu);
    state_[i] = state_[(i + kMiddle) % kSize] ^ joined >> 1 ^ (joined & 1u ? 0x9908B0DFu : 0u);
  }
  position_ = 0;
}

uint32_t Mt19937::next() {
  if (position_ == kSize) refill();
  uint32_t word = state_[position_++];
  word ^= word >> 11;
  word ^= word << 7 & 0x9D2C5680u;
  word ^= word << 15 & 0xEFC60000u;
  return word ^ word >> 18;
}

CPythonRandom::CPythonRandom(uint64_t seed) {
  const uint32_t words[] = {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  engine_ = Mt19937::from_array(std::span(words, words[1] == 0 ? 1 : 2));
}

CPythonRandom CPythonRandom::from_text(std::string_view text) {
  constexpr size_t kSha512 = 64, kWord = 4;
  std::vector<uint8_t> bytes(text.begin(), text.end());
  bytes.resize(text.size() + kSha512);
  NLB_CHECK(EVP_Digest(text.data(), text.size(), bytes.data() + text.size(), nullptr, EVP_sha512(), nullptr) == 1,
            "OpenSSL refused SHA-512");
  std::vector<uint32_t> words((bytes.size() + kWord - 1) / kWord);  // the lowest first
  for (size_t i = 0; i < bytes.size(); ++i) {
    words[i / kWord] |= static_cast<uint32_t>(bytes[bytes.size() - 1 - i]) << 8 * (i % kWord);
  }
  while (words.size() > 1 && words.back() == 0) words.pop_back();
  return CPythonRandom(std::span<const uint32_t>(words));
}

uint32_t CPythonRandom::bits(int count) {
  NLB_CHECK(count >= 1 && count <= 32, "1 to 32 bits at a time");
  return engine_.next() >> (32 - count);
}

uint32_t CPythonRandom::randbelow(uint32_t bound) {
  NLB_CHECK(bound >= 1, "nothing lies below 0");
  const int width = std::bit_width(bound);
  uint32_t value;
  do value = bits(width);
  while (value >= bound);
  return value;
}

void CPythonRandom::shuffle(std::span<int64_t> values) {
  shuffle_from_top(values, [this](uint32_t i) { return randbelow(i + 1); });
}

double CPythonRandom::random() { return double53(engine_); }

NumpyRandomState::NumpyRandomState(uint32_t seed) : engine_(Mt19937::from_integer(seed)) {}

double NumpyRandomState::random_sample() { return double53(engine_); }

uint32_t NumpyRandomState::interval(uint32_t max) {
  if (max == 0) return 0;  // numpy draws nothing here
  const uint32_t mask = static_cast<uint32_t>((uint64_t{1} << std::bit_width(max)) - 1);
  uint32_t value;
  do value = engine_.next() & mask;
  while (value > max);
  return value;
}

void NumpyRandomState::shuffle(std::span<int64_t> values) {
  shuffle_from_top(values, [this](uint32_t i) { return interval(i); });
}

std::vector<int64_t> NumpyRandomState::permutation(int64_t count) {
  NLB_CHECK(count >= 0, "a permutation has at least 0 elements");
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), int64_t{0});
  shuffle(order);
  return order;
}

int64_t NumpyRandomState::choice(std::span<const double> probabilities) {
  NLB_CHECK(!probabilities.empty(), "choice needs at least one class");
  const double total = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
  const double u = random_sample();
  double sum = 0;
  for (size_t i = 0; i + 1 < probabilities.size(); ++i) {
    sum += probabilities[i];
    if (sum / total > u) return static_cast<int64_t>(i);
  }
  return static_cast<int64_t>(probabilities.size()) - 1;  // total / total = 1 lies above every u
}

int64_t NumpyRandomState::multinomial_one(std::span<const double> probabilities, ZeroProbability at_zero) {
  NLB_CHECK(!probabilities.empty(), "multinomial needs at least one class");
  double rest = 1.0;
  for (size_t i = 0; i + 1 < probabilities.size(); ++i) {
    if (binomial_one(engine_, probabilities[i] / rest, at_zero)) return static_cast<int64_t>(i);
    rest -= probabilities[i];
  }
  return static_cast<int64_t>(probabilities.size()) - 1;
}

}  // namespace nlb
