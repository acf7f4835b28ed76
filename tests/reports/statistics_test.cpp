// Expected values: scipy 1.16 and statsmodels 0.14 (named at each), or worked out by hand.
#include "reports/judging/statistics.h"

#include <catch2/catch.hpp>
#include <vector>

#include "reports/judging/critical_difference.h"

using namespace nlb;

TEST_CASE("Student-t and Welch agree with scipy", "[reports][statistics]") {
  // scipy.stats.t.ppf(.975, v), t.sf(2.5, 7) * 2
  CHECK(student_t_quantile(0.975, 2) == Approx(4.302652729749464).epsilon(1e-12));
  CHECK(student_t_quantile(0.975, 4) == Approx(2.7764451051977987).epsilon(1e-12));
  CHECK(student_t_quantile(0.975, 3.5) == Approx(2.9400886379827282).epsilon(1e-12));
  CHECK(student_t_quantile(1 - 0.025 / 3, 2) == Approx(7.648803937915553).epsilon(1e-11));
  CHECK(student_t_quantile(1 - 0.0005 / 60, 4) == Approx(24.426789777906645).epsilon(1e-11));
  CHECK(student_t_two_sided(2.5, 7) == Approx(0.0409922186).epsilon(1e-8));
  // Welch by hand: (1/3 + 4/5)^2 / ((1/3)^2 / 2 + (4/5)^2 / 4)
  const std::vector<VarianceTerm> terms = {{1.0 / 3, 2}, {4.0 / 5, 4}};
  CHECK(welch_freedom(terms) == Approx(1.2844444444 / 0.2155555556).epsilon(1e-9));
  const std::vector<double> values = {1, 2, 4};
  CHECK(summarise(values).mean == Approx(7.0 / 3));
  CHECK(summarise(values).deviation == Approx(1.5275252316519468));
}

TEST_CASE("Holm's adjustment agrees with statsmodels and keeps the order", "[reports][statistics]") {
  // statsmodels.stats.multitest.multipletests(p, method='holm')
  const std::vector<double> p = {0.01, 0.04, 0.03, 0.005, 0.8, 0.03};
  const std::vector<double> expected = {0.05, 0.12, 0.12, 0.03, 0.8, 0.12};
  const auto adjusted = holm(p);
  REQUIRE(adjusted.size() == expected.size());
  for (size_t i = 0; i < expected.size(); ++i) CHECK(adjusted[i] == Approx(expected[i]).epsilon(1e-12));
  CHECK(holm(std::vector<double>{}).empty());
}

TEST_CASE("exact McNemar agrees with statsmodels", "[reports][statistics]") {
  // statsmodels.stats.contingency_tables.mcnemar([[50, b], [c, 30]], exact=True)
  struct Row {
    int only_first, only_second;
    double p;
  };
  const auto row = GENERATE(values<Row>(
      {{5, 15, 0.04138946533203125}, {0, 6, 0.03125}, {7, 7, 1.0}, {40, 61, 0.046044066929342785}, {0, 0, 1.0}}));
  constexpr int kBoth = 50, kNeither = 30;
  std::vector<uint8_t> first(64, 0), second(64, 0);
  int image = 0;
  const auto add = [&](int count, bool a, bool b) {
    for (int i = 0; i < count; ++i, ++image) {
      const auto byte = static_cast<size_t>(image / 8);
      if (a) first[byte] = static_cast<uint8_t>(first[byte] | 1u << (image % 8));
      if (b) second[byte] = static_cast<uint8_t>(second[byte] | 1u << (image % 8));
    }
  };
  add(kBoth, true, true);
  add(row.only_first, true, false);
  add(row.only_second, false, true);
  add(kNeither, false, false);
  const auto result = mcnemar(first, second, image);
  CHECK(result.both == kBoth);
  CHECK(result.only_first == row.only_first);
  CHECK(result.only_second == row.only_second);
  CHECK(result.neither == kNeither);
  CHECK(result.p == Approx(row.p).epsilon(1e-12));
}

TEST_CASE("Nemenyi's quantiles are those of Demšar's table and of scipy", "[reports][statistics]") {
  // Demšar (2006), table 5(a), two decimals behind the point dropped here: scipy.stats.studentized_range.ppf(.95, k,
  // inf) / sqrt 2
  const std::vector<std::pair<int, double>> table = {
      {2, 1.9599639845}, {3, 2.3437005864}, {4, 2.5690317725}, {5, 2.7277743709},  {6, 2.8497054196},
      {7, 2.9483200175}, {8, 3.0308784496}, {9, 3.1017303413}, {10, 3.1636835771}, {50, 3.9923432900}};
  for (const auto& [rows, q] : table) CHECK(nemenyi_quantile(rows, 0.05) == Approx(q).epsilon(1e-8));
}

TEST_CASE("critical difference and Iman-Davenport p agree with scipy's distributions", "[reports][statistics]") {
  const std::vector<std::vector<double>> values = {
      {91.2, 90.1, 88.0, 70}, {80.5, 81.0, 79.0, 60}, {60.1, 59.9, 58.7, 55}, {95.2, 95.2, 93.3, 90},
      {40.2, 39.9, 41.0, 35}, {77.7, 76.6, 75.5, 74}, {50, 49, 48, 51}};
  const auto result = critical_difference_of({{.row = "a"}, {.row = "b"}, {.row = "c"}, {.row = "d"}}, values);
  // ranks by scipy.stats.rankdata; chi^2 by scipy.stats.friedmanchisquare 1.17.1 (one tie), p = scipy.stats.f.sf(F, 3,
  // 18)
  REQUIRE(result.rows.size() == 4);
  CHECK(result.rows[0].row == "a");
  CHECK(result.rows[0].rank == Approx(1.5));
  CHECK(result.rows[1].rank == Approx(2.0714285714285716));
  CHECK(result.rows[2].rank == Approx(2.857142857142857));
  CHECK(result.rows[3].rank == Approx(3.5714285714285716));
  CHECK(result.p == Approx(0.0051916423341033585).epsilon(1e-9));
  CHECK(result.difference == Approx(1.772800347090568).epsilon(1e-8));
  // 1.5 to 2.857 and 2.071 to 3.571 are within it, 1.5 to 3.571 is not
  CHECK(result.bars == std::vector<std::vector<std::string>>{{"a", "b", "c"}, {"b", "c", "d"}});
}

TEST_CASE("Friedman's statistic is corrected for ties", "[reports][statistics]") {
  struct Row {
    const char* why;
    std::vector<std::vector<double>> values;
    double p;
  };
  // statistic by scipy.stats.friedmanchisquare (1.17.1), F = (n - 1) chi / (n (k - 1) - chi), p by scipy.stats.f.sf
  const auto row = GENERATE(values<Row>(
      {{"ties in five of six blocks: .0235 without the correction",
        {{99, 99, 98}, {99, 99, 97}, {99, 98, 97}, {98, 98, 98}, {99, 99, 98}, {99, 99, 98.5}},
        0.000392458566422332},
       {"ties of two, three and four rows",
        {{90, 90, 80, 80}, {90, 85, 85, 80}, {70, 60, 60, 60}, {50, 50, 50, 50}, {91, 90, 89, 88}, {60, 61, 61, 59}},
        0.009449471765361673},
       {"no block tells two rows apart: by hand", {{9, 9, 9}, {8, 8, 8}}, 1},
       {"a block that ties all rows is one more block: by hand, F = 4 and (1 + 2 F / 4)^-2",
        {{9, 8, 7}, {8, 7, 6}, {5, 5, 5}},
        1.0 / 9},
       {"all blocks order the rows alike: by hand", {{9, 8, 7}, {8, 7, 6}}, 0}}));
  CAPTURE(row.why);
  std::vector<AverageRank> rows;
  for (size_t i = 0; i < row.values.front().size(); ++i) rows.push_back({.row = std::to_string(i)});
  CHECK(critical_difference_of(rows, row.values).p == Approx(row.p).epsilon(1e-9).margin(1e-15));
}
