// Vectors printed by CPython 3.11 and numpy 2.4.6.
#include "core/mersenne.h"

#include <catch2/catch.hpp>
#include <numeric>
#include <string>

#include "core/sha256.h"

using namespace nlb;

namespace {

/// First 16 hexadecimal digits of SHA-256 over the values as bytes.
std::string short_digest(const std::vector<int64_t>& values) {
  const std::string bytes(values.begin(), values.end());
  return hex(sha256(bytes)).substr(0, 16);
}

std::vector<int64_t> first(const std::vector<int64_t>& values, size_t count) {
  return {values.begin(), values.begin() + static_cast<ptrdiff_t>(count)};
}

}  // namespace

TEST_CASE("the two seedings give CPython's and numpy's words", "[core][mersenne]") {
  const uint32_t seed[] = {123};
  Mt19937 python = Mt19937::from_array(seed);
  for (const uint32_t word : {224899942u, 1149664691u, 374463918u, 3302642556u}) CHECK(python.next() == word);
  Mt19937 numpy = Mt19937::from_integer(0);
  for (const uint32_t word : {2357136044u, 2546248239u, 3071714933u, 3626093760u}) CHECK(numpy.next() == word);
}

TEST_CASE("CPython seeds of one and of two words", "[core][mersenne]") {
  CPythonRandom zero(0);
  for (const uint32_t word : {3626764237u, 1654615998u}) CHECK(zero.bits(32) == word);
  CPythonRandom large((uint64_t{1} << 40) + 5);
  for (const uint32_t word : {2166296868u, 2220160828u, 1153647273u, 2850991874u}) CHECK(large.bits(32) == word);
}

TEST_CASE("a text seeds CPython's random with its bytes and their SHA-512", "[core][mersenne]") {
  struct Row {
    const char* text;
    std::vector<uint32_t> words;  // random.seed(text); getrandbits(32)
  };
  const auto row = GENERATE(values<Row>({{"123", {3120919356u, 315047225u, 1384119974u, 2119584581u}},
                                         {"0", {1553448773u, 346448312u, 3894277675u, 1101529512u}},
                                         {"", {4124137760u, 1951988028u, 2557274880u, 888572032u}},
                                         {"\u00e4", {401371285u, 395899643u, 2265009906u, 1463072941u}},
                                         {"18446744073709551615", {1099618357u, 2389412480u, 3645867866u, 395965055u}},
                                         {" 7", {1918666198u, 677382480u, 904608049u, 801070642u}}}));
  CAPTURE(row.text);
  auto random = CPythonRandom::from_text(row.text);
  for (const uint32_t word : row.words) CHECK(random.bits(32) == word);
}

TEST_CASE("shuffle and randint go on in the stream of a text", "[core][mersenne]") {
  auto random = CPythonRandom::from_text("123");
  std::vector<int64_t> order(10);
  std::iota(order.begin(), order.end(), int64_t{0});
  random.shuffle(order);
  CHECK(order == std::vector<int64_t>{8, 9, 3, 6, 4, 2, 0, 7, 5, 1});
  for (const int64_t digit : {9, 9, 4, 3, 7, 9, 3, 2}) CHECK(random.randint(0, 9) == digit);
  CHECK(random.random() == 0.5184894862569563);
}

TEST_CASE("shuffle, randint and random go on in CPython's stream", "[core][mersenne]") {
  CPythonRandom random(123);
  std::vector<int64_t> order(50'000);
  std::iota(order.begin(), order.end(), int64_t{0});
  random.shuffle(order);
  CHECK(first(order, 5) == std::vector<int64_t>{38712, 34233, 25555, 46929, 30485});
  for (const int64_t digit : {8, 5, 8, 3, 6, 2, 9, 9}) CHECK(random.randint(0, 9) == digit);
  for (const int64_t number : {59, 8, 2, 44}) CHECK(random.randint(0, 99) == number);
  CHECK(random.random() == 0.8865420719111696);
}

TEST_CASE("permutation, random_sample and shuffle are numpy's", "[core][mersenne]") {
  NumpyRandomState state(0);
  CHECK(state.permutation(10) == std::vector<int64_t>{2, 8, 4, 9, 1, 6, 7, 3, 0, 5});
  for (const double value : {0.4375872112626925, 0.8917730007820798, 0.9636627605010293}) {
    CHECK(state.random_sample() == value);
  }
  NumpyRandomState other(42);
  std::vector<int64_t> values(1000);
  std::iota(values.begin(), values.end(), int64_t{0});
  other.shuffle(values);
  CHECK(first(values, 8) == std::vector<int64_t>{521, 737, 740, 660, 411, 678, 626, 513});
  CHECK(hex(sha256(std::as_bytes(std::span(values)))).substr(0, 16) == "57071745552bb2ef");
  CHECK(other.permutation(0).empty());
}

TEST_CASE("60,000 calls of choice are numpy's", "[core][mersenne]") {
  std::vector<double> p(10, 0.3 / 9);
  p[4] = 0.7;
  NumpyRandomState state(7);
  std::vector<int64_t> labels;
  for (int i = 0; i < 60'000; ++i) labels.push_back(state.choice(p));
  CHECK(first(labels, 12) == std::vector<int64_t>{2, 4, 4, 4, 9, 4, 4, 2, 4, 4, 4, 4});
  CHECK(short_digest(labels) == "470aacc2e7eef4d5");
  CHECK(state.random_sample() == 0.2529227550110882);
}

TEST_CASE("20,000 calls of multinomial are numpy's and draw as often", "[core][mersenne]") {
  struct Row {
    const char* why;
    std::vector<double> p;
    std::string digest;
    double next;
  };
  std::vector<double> large(10, 0.1 / 9), hundred(100, 0.2 / 99);
  large[0] = 0.9;
  hundred[50] = 0.8;
  const auto row = GENERATE_COPY(values<Row>(
      {{"rest runs out of rounding", {.1, .1, .1, .7, 0, 0, 0, 0, 0, 0}, "b64b0c94cc63a904", 0.7731166827923998},
       {"more than one half", {.55, .45}, "41d76453ca64caa3", 0.3921729613508653},
       {"zeros draw nothing", {0, .45, 0, .55}, "1ff78a63c6c84bb4", 0.3921729613508653},
       {"symmetric, 10 classes", large, "2fac1513d7eb7472", 0.8896052196186891},
       {"symmetric, 100 classes", hundred, "49c194fb19bfb29f", 0.968492807257094},
       {"certain", {1, 0, 0}, "28b4f41a7f3ee6d8", 0.3921729613508653}}));
  CAPTURE(row.why);
  NumpyRandomState state(0);
  std::vector<int64_t> labels;
  for (int i = 0; i < 20'000; ++i) labels.push_back(state.multinomial_one(row.p));
  CHECK(short_digest(labels) == row.digest);
  CHECK(state.random_sample() == row.next);
}
