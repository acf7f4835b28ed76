#include "core/draws.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include "core/error.h"
#include "core/sha256.h"

using namespace nlb;

namespace {

constexpr double kPi = 3.14159265358979323846;

/// Largest distance between the sample's distribution function and `expected`, times sqrt(n): above 1.95 once in 1,000.
double kolmogorov(std::vector<double> sample, const std::function<double(double)>& expected) {
  std::sort(sample.begin(), sample.end());
  const auto n = static_cast<double>(sample.size());
  double distance = 0;
  for (size_t i = 0; i < sample.size(); ++i) {
    const double value = expected(sample[i]);
    distance = std::max({distance, value - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - value});
  }
  return distance * std::sqrt(n);
}

}  // namespace

TEST_CASE("philox4x32_10 agrees with the known answers of Random123", "[core][draws]") {
  struct Row {
    Words4 counter;
    Key key;
    Words4 expected;
  };
  const uint32_t ones = 0xffffffff;
  const auto row = GENERATE_COPY(
      values<Row>({{{{0, 0, 0, 0}}, {{0, 0}}, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
                   {{{ones, ones, ones, ones}}, {{ones, ones}}, {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
                   {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
                    {{0xa4093822, 0x299f31d0}},
                    {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}}}));
  const Words4 words = philox4x32_10(row.counter, row.key);
  for (int i = 0; i < 4; ++i) CHECK(words.word[i] == row.expected.word[i]);
}

TEST_CASE("a key is the start of the digest of its purpose and seed", "[core][draws]") {
  const Digest digest = sha256("nlbench:noise:18446744073709551615");
  const Key key = derive(18446744073709551615ull, "noise");
  CHECK(key.word[0] == (digest[0] | digest[1] << 8 | digest[2] << 16 | static_cast<uint32_t>(digest[3]) << 24));
  CHECK(key.word[1] == (digest[4] | digest[5] << 8 | digest[6] << 16 | static_cast<uint32_t>(digest[7]) << 24));
}

TEST_CASE("keys of other seeds, purposes, parents and names differ", "[core][draws]") {
  std::set<std::pair<uint32_t, uint32_t>> seen;
  const auto add = [&](Key key) { seen.insert({key.word[0], key.word[1]}); };
  for (uint64_t seed = 0; seed < 50; ++seed) {
    for (const char* purpose : {"noise", "split", "init", "order"}) {
      const Key parent = derive(seed, purpose);
      add(parent);
      add(derive(parent, "layer1"));
      add(derive(parent, "layer2"));
    }
  }
  CHECK(seen.size() == 600);
}

TEST_CASE("each coordinate of a place moves the draw", "[core][draws]") {
  const Key key = derive(1, "augment");
  std::set<uint32_t> first_words;
  for (const uint64_t epoch : {uint64_t{0}, uint64_t{1}, uint64_t{1} << 31}) {
    for (const uint64_t index : {uint64_t{0}, uint64_t{1}, uint64_t{1} << 32}) {
      for (const uint32_t k : {0u, 1u, 0xffffffffu}) first_words.insert(draw(key, epoch, index, k).word[0]);
    }
  }
  CHECK(first_words.size() == 27);
}

TEST_CASE("uniforms stay in their half-open or open interval", "[core][draws]") {
  CHECK(unit_float(0) == 0.0f);
  CHECK(unit_float(0xffffffff) == 1.0f - 0x1.0p-24f);
  CHECK(unit_double(0, 0) == 0.0);
  CHECK(unit_double(0xffffffff, 0xffffffff) == 1.0 - 0x1.0p-53);
  CHECK(open_unit_double(0, 0) == 0x1.0p-53);
  CHECK(open_unit_double(0xffffffff, 0xffffffff) == 1.0 - 0x1.0p-53);
  CHECK(below(0xffffffff, 10) == 9);
  CHECK(below(0, 10) == 0);
}

TEST_CASE("inverse_normal agrees with scipy.stats.norm.ppf", "[core][draws]") {  // scipy 1.17.1
  struct Row {
    double probability, expected;
  };
  const auto row = GENERATE(values<Row>({{0.5, 0.0},
                                         {0.075, -1.4395314709384563},
                                         {0.0750001, -1.4395307645017301},
                                         {0.9, 1.2815515655446004},
                                         {0.975, 1.959963984540054},
                                         {0.3, -0.5244005127080409},
                                         {0.001, -3.090232306167813},
                                         {1e-10, -6.361340902404056},
                                         {1.3e-11, -6.667611456510741},
                                         {1e-12, -7.034483825301131},
                                         {1e-300, -37.0470962993612},
                                         {0x1.0p-53, -8.209536151601387},
                                         {1 - 0x1.0p-53, 8.209536151601387}}));
  CAPTURE(row.probability);
  CHECK(inverse_normal(row.probability) == Approx(row.expected).epsilon(2e-15).margin(0));
}

TEST_CASE("normal draws follow the normal distribution and are symmetric", "[core][draws]") {
  const Key key = derive(3, "init");
  std::vector<double> sample;
  for (uint64_t i = 0; i < 50'000; ++i) sample.push_back(standard_normal(draw(key, 0, i, 0)));
  CHECK(kolmogorov(sample, [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }) < 1.95);
  CHECK(standard_normal({{0, 0, 0, 0}}) == -standard_normal({{0xffffffff, 0xffffffff, 0, 0}}));
}

TEST_CASE("Beta draws follow their closed distribution functions", "[core][draws]") {
  struct Row {
    double a, b;
    std::function<double(double)> expected;
  };
  const auto row = GENERATE(values<Row>({
      {1, 1, [](double x) { return x; }},
      {0.2, 1, [](double x) { return std::pow(x, 0.2); }},
      {0.05, 1, [](double x) { return std::pow(x, 0.05); }},
      {1, 0.3, [](double x) { return -std::expm1(0.3 * std::log1p(-x)); }},
      {1, 7, [](double x) { return 1 - std::pow(1 - x, 7); }},
      {40, 1, [](double x) { return std::pow(x, 40); }},
      {0.5, 0.5, [](double x) { return 2 / kPi * std::asin(std::sqrt(x)); }},
      {2, 2, [](double x) { return x * x * (3 - 2 * x); }},
      {4, 4, [](double x) { return x * x * x * x * (35 - 84 * x + 70 * x * x - 20 * x * x * x); }},
      {1.5, 0.5, [](double x) { return 2 / kPi * (std::asin(std::sqrt(x)) - std::sqrt(x * (1 - x))); }},
  }));
  CAPTURE(row.a, row.b);
  const Key key = derive(5, "mix");
  std::vector<double> sample;
  for (uint64_t i = 0; i < 20'000; ++i) sample.push_back(draw_beta(key, 2, i, row.a, row.b));
  CHECK(kolmogorov(sample, row.expected) < 1.95);
}

TEST_CASE("Beta draws have their moments, also where exp would overflow", "[core][draws]") {
  struct Row {
    double a, b;
  };
  const auto row = GENERATE(values<Row>({{32, 32}, {0.2, 0.2}, {0.75, 3}, {1e-4, 1e-4}, {1e4, 2e4}}));
  CAPTURE(row.a, row.b);
  const Key key = derive(6, "mix");
  const int count = 20'000;
  double sum = 0, squares = 0;
  const double mean = row.a / (row.a + row.b);
  const double variance = mean * (1 - mean) / (row.a + row.b + 1);
  for (int i = 0; i < count; ++i) {
    const double x = draw_beta(key, 0, static_cast<uint64_t>(i), row.a, row.b);
    REQUIRE((x >= 0 && x <= 1));
    sum += x;
    squares += (x - mean) * (x - mean);
  }
  CHECK(std::fabs(sum / count - mean) < 4 * std::sqrt(variance / count));
  CHECK(squares / count == Approx(variance).epsilon(0.05));
  CHECK_THROWS_AS(draw_beta(key, 0, 0, 0, 1), InternalError);
}

TEST_CASE("a permutation holds every index once and repeats for its key and epoch only", "[core][draws]") {
  const Key key = derive(9, "order");
  const auto order = draw_permutation(key, 4, 5000);
  auto sorted = order;
  std::sort(sorted.begin(), sorted.end());
  std::vector<int64_t> all(5000);
  std::iota(all.begin(), all.end(), int64_t{0});
  CHECK(sorted == all);
  CHECK(order != all);
  CHECK(draw_permutation(key, 4, 5000) == order);
  CHECK(draw_permutation(key, 5, 5000) != order);
  CHECK(draw_permutation(derive(10, "order"), 4, 5000) != order);
  CHECK(draw_permutation(key, 0, 0).empty());
  CHECK(draw_permutation(key, 0, 1) == std::vector<int64_t>{0});
}

TEST_CASE("all 24 permutations of four come equally often", "[core][draws]") {
  const Key key = derive(11, "order");
  std::map<std::vector<int64_t>, int> counts;
  const int rounds = 24'000;
  for (int epoch = 0; epoch < rounds; ++epoch) ++counts[draw_permutation(key, static_cast<uint64_t>(epoch), 4)];
  REQUIRE(counts.size() == 24);
  double chi_squared = 0;
  for (const auto& [order, seen] : counts) chi_squared += (seen - 1000.0) * (seen - 1000.0) / 1000.0;
  CHECK(chi_squared < 49.7);  // 23 degrees of freedom: exceeded once in 1,000
}
