#include "reports/judging/verdict.h"

#include <catch2/catch.hpp>
#include <vector>

#include "reports/judging/statistics.h"

using nlb::judge;
using nlb::PublishedValue;
using nlb::Verdict;

namespace {

PublishedValue printed(double value) {
  PublishedValue published;
  published.value = value;
  return published;
}

PublishedValue printed(double value, double deviation, const std::string& kind, std::optional<int> runs) {
  auto published = printed(value);
  published.deviation = deviation;
  published.deviation_kind = kind;
  published.runs = runs;
  return published;
}

}  // namespace

TEST_CASE("the half width is that of the contract, worked out by hand", "[reports][verdict]") {
  const std::vector<double> values = {98.0, 98.1, 98.2};  // s = 0.1
  SECTION("deviation not printed: ours, one run, n - 1 degrees") {
    const auto result = judge({.values = values}, printed(98.0), 0.5, false);
    CHECK(result.delta == Approx(0.1));
    CHECK(result.uncertainty == Approx(4.302652729749464 * std::sqrt(0.01 / 3 + 0.01) + 0.05).epsilon(1e-9));
    CHECK(result.freedom == Approx(2));
    CHECK(result.deviation_assumed);
  }
  SECTION("standard deviation of five runs") {
    const auto result = judge({.values = values}, printed(98.0, 0.2, "standard_deviation", 5), 0.5, false);
    const double a = 0.01 / 3, b = 0.04 / 5;
    const double freedom = (a + b) * (a + b) / (a * a / 2 + b * b / 4);
    CHECK(result.freedom == Approx(freedom));
    CHECK(result.uncertainty == Approx(nlb::student_t_quantile(0.975, freedom) * std::sqrt(a + b) + 0.05));
  }
  SECTION("a deviation of unknown kind counts as a standard error, unknown runs as three") {
    const auto result = judge({.values = values}, printed(98.0, 0.2, "unknown", std::nullopt), 0.5, false);
    const double a = 0.01 / 3, b = 0.04;
    CHECK(result.freedom == Approx((a + b) * (a + b) / (a * a / 2 + b * b / 2)));
    CHECK(result.runs_assumed);
  }
  SECTION("a printed zero counts as half a unit") {
    const auto result = judge({.values = values}, printed(98.0, 0.0, "standard_deviation", 3), 0.5, false);
    const double a = 0.01 / 3, b = 0.0025 / 3;
    CHECK(result.freedom == Approx((a + b) * (a + b) / (a * a / 2 + b * b / 2)));
  }
  SECTION("a draw that the published runs shared adds our whole variance once") {
    auto shared = printed(98.0, 0.2, "standard_deviation", 5);
    shared.shared = {"noise"};
    const auto result = judge({.values = values}, shared, 0.5, false);
    const double a = 0.01 / 3, b = 0.04 / 5, c = 0.01;
    CHECK(result.freedom == Approx((a + b + c) * (a + b + c) / (a * a / 2 + b * b / 4 + c * c / 2)));
  }
}

TEST_CASE("each verdict has its region", "[reports][verdict]") {
  struct Row {
    const char* why;
    std::vector<double> values;
    double published;
    Verdict expected;
  };
  const auto row = GENERATE(values<Row>({
      {"inside the tolerance", {98.00, 98.01, 98.02}, 98.0, Verdict::match},
      {"wholly above", {99.00, 99.01, 99.02}, 98.0, Verdict::better},
      {"wholly below", {97.00, 97.01, 97.02}, 98.0, Verdict::worse},
      {"wide, contains zero", {97.5, 98.0, 98.6}, 98.0, Verdict::consistent},
      {"straddles the tolerance, not zero", {98.50, 98.53, 98.56}, 98.0, Verdict::undecided},
      {"spread over more than five tolerances", {90.0, 98.0, 98.1}, 98.0, Verdict::unstable},
      {"one seed", {98.0}, 98.0, Verdict::undecided},
  }));
  CAPTURE(row.why);
  CHECK(judge({.values = row.values}, printed(row.published), 0.5, false).verdict == row.expected);
}

TEST_CASE("an error area is better when it is lower", "[reports][verdict]") {
  const std::vector<double> values = {9.00, 9.01, 9.02};
  const auto result = judge({.values = values}, printed(10.3), 0.5, true);
  CHECK(result.verdict == Verdict::better);
  CHECK(result.delta == Approx(1.29));
}

TEST_CASE("a class that only some seeds never predict makes a cell unstable", "[reports][verdict]") {
  const std::vector<double> values = {98.0, 98.1, 98.2};
  CHECK(judge({.values = values, .seeds_with_missing_class = 1}, printed(98.0), 0.5, false).verdict ==
        Verdict::unstable);
  CHECK(judge({.values = values, .seeds_with_missing_class = 3}, printed(98.0), 0.9, false).verdict == Verdict::match);
}

TEST_CASE("no match without varying the draw that the published runs shared", "[reports][verdict]") {
  const std::vector<double> values = {98.00, 98.01, 98.02};
  auto shared = printed(98.0);
  shared.shared = {"noise"};
  const nlb::MeasuredCell fixed_draw{.values = values, .varied_the_shared_draws = false};
  CHECK(judge({.values = values}, shared, 0.5, false).verdict == Verdict::match);
  CHECK(judge(fixed_draw, shared, 0.5, false).verdict == Verdict::consistent);
}

TEST_CASE("an undecided cell says how many seeds would decide, or that none can", "[reports][verdict]") {
  const std::vector<double> values = {98.10, 98.25, 98.40};
  const auto narrow = judge({.values = values}, printed(98.0, 0.05, "standard_deviation", 5), 0.5, false);
  REQUIRE(narrow.verdict == Verdict::consistent);
  CHECK(narrow.further_seeds.has_value());
  const auto hopeless = judge({.values = values}, printed(98.0, 2.0, "unknown", 3), 0.5, false);
  CHECK(!hopeless.further_seeds.has_value());
}

TEST_CASE("looks split the error: with three the quantile is that of .025 / 3", "[reports][verdict]") {
  const std::vector<double> values = {98.0, 98.1, 98.2};
  const auto once = judge({.values = values}, printed(98.0), 0.5, false);
  const auto thrice = judge({.values = values, .looks = 3}, printed(98.0), 0.5, false);
  const double error = std::sqrt(0.01 / 3 + 0.01);
  CHECK(once.uncertainty == Approx(4.302652729749464 * error + 0.05).epsilon(1e-9));
  CHECK(thrice.uncertainty == Approx(7.648803937915553 * error + 0.05).epsilon(1e-9));  // scipy.stats.t.ppf
}

TEST_CASE("the further seeds are the fewest with which the rule decides", "[reports][verdict]") {
  // s = 0.5, published without deviation: U = t(n - 1) * 0.5 * sqrt(1 / n + 1) + 0.05 never falls below 1.03: the
  // tolerance must be 1.2
  const std::vector<double> values = {97.5, 98.0, 98.5};
  const auto result = judge({.values = values}, printed(98.0), 1.2, false);
  REQUIRE(result.verdict == Verdict::consistent);
  REQUIRE(result.further_seeds);
  const auto half_width = [](int n) {
    return nlb::student_t_quantile(0.975, n - 1) * 0.5 * std::sqrt(1.0 / n + 1) + 0.05;
  };
  CHECK(half_width(3 + *result.further_seeds) <= 1.2);
  CHECK(half_width(3 + *result.further_seeds - 1) > 1.2);
}
