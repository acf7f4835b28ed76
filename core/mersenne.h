// core/mersenne.h -- the legacy streams with which authors drew their label noise, bit for bit: MT19937 as CPython's
// `random` and as numpy's RandomState use it. For reproduction of published label files only; nlbench itself draws with
// core/draws.h.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace nlb {

class Mt19937 {
 public:
  static Mt19937 from_integer(uint32_t seed);                  ///< init_genrand: numpy's RandomState(seed)
  static Mt19937 from_array(std::span<const uint32_t> words);  ///< init_by_array: CPython's random.seed(int)
  uint32_t next();

 private:
  void refill();
  uint32_t state_[624] = {};
  int position_ = 624;
};

/// CPython 3's module `random`.
class CPythonRandom {
 public:
  explicit CPythonRandom(uint64_t seed);
  /// random.seed(text), version 2: the integer whose big-endian bytes are the text's and then their SHA-512. A program
  /// whose argument parser has no type for --seed seeds so: "123" is another stream than 123.
  static CPythonRandom from_text(std::string_view text);
  uint32_t bits(int count);            ///< getrandbits, count in [1, 32]
  uint32_t randbelow(uint32_t bound);  ///< bound >= 1
  int64_t randint(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(randbelow(static_cast<uint32_t>(high - low + 1)));
  }
  void shuffle(std::span<int64_t> values);
  double random();  ///< [0, 1), 53 bits

 private:
  explicit CPythonRandom(std::span<const uint32_t> words) : engine_(Mt19937::from_array(words)) {}
  Mt19937 engine_;
};

/// What numpy's binomial(n, p) does with its stream where p is 0. 1.17 returns at once; up to 1.16 a double is drawn
/// all the same (rk_binomial in numpy/random/mtrand/distributions.c has no such case).
enum class ZeroProbability { draws_nothing, draws_one };

/// numpy's legacy RandomState (numpy 1.17 to 2.x: frozen by numpy's own promise).
class NumpyRandomState {
 public:
  explicit NumpyRandomState(uint32_t seed);
  double random_sample();           ///< [0, 1), 53 bits
  uint32_t interval(uint32_t max);  ///< [0, max], masked rejection: what shuffle and randint use
  void shuffle(std::span<int64_t> values);
  std::vector<int64_t> permutation(int64_t count);
  /// choice(len(p), p=p): searchsorted(cumsum(p) / last, u, side right).
  int64_t choice(std::span<const double> probabilities);
  /// argmax of multinomial(1, p).
  int64_t multinomial_one(std::span<const double> probabilities,
                          ZeroProbability at_zero = ZeroProbability::draws_nothing);

 private:
  Mt19937 engine_;
};

}  // namespace nlb
