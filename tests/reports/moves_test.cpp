#include "reports/judging/moves.h"

#include <catch2/catch.hpp>

#include "bench.h"
#include "reports/judging/statistics.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;

namespace {

void add(Bench& bench, const std::string& row, const std::string& setting, int64_t a, int64_t b) {
  bench.add(row, setting, "a", {a});
  bench.add(row, setting, "b", {b});
}

}  // namespace

TEST_CASE("moves are paired by seed, Holm over all, largest first", "[reports][moves]") {
  Bench before, after;
  add(before, "ce", "0.2", 900, 910);
  add(after, "ce", "0.2", 905, 914);
  add(before, "ce", "0.4", 500, 520);
  add(after, "ce", "0.4", 600, 640);
  add(before, "gce", "0.2", 700, 710);
  add(after, "gce", "0.4", 700, 710);
  std::vector<Table> first, second;
  first.push_back(before.table());
  second.push_back(after.table());
  const auto moves = cell_moves(first, second, "");
  REQUIRE(moves.size() == 5);  // ce 0.2, 0.4 and mean; gce 0.2 and 0.4
  CHECK(moves[0].id == "small/ce/0.4");
  CHECK(moves[0].test->difference == Approx(11));
  // scipy.stats.ttest_rel([60, 64], [50, 52]).pvalue
  CHECK(moves[0].test->p == Approx(0.05771588).epsilon(1e-5));
  CHECK(moves[1].id == "small/ce/mean");
  CHECK(moves[2].test->difference == Approx(0.45));
  const auto adjusted = holm(std::vector<double>{moves[0].test->p, moves[1].test->p, moves[2].test->p});
  for (size_t i = 0; i < 3; ++i) CHECK(moves[i].test->adjusted_p == Approx(adjusted[i]));
  CHECK_FALSE(moves[3].test);
  CHECK_THAT(moves[3].reason, Contains("only in the first: not run"));
  CHECK_THAT(moves[4].reason, Contains("only in the second: not run"));
}

TEST_CASE("equal records have not moved", "[reports][moves]") {
  Bench bench;
  add(bench, "ce", "0.2", 900, 910);
  std::vector<Table> first, second;
  first.push_back(bench.table());
  second.push_back(bench.table());
  const auto moves = cell_moves(first, second, "best_on_test");
  REQUIRE(moves.size() == 1);
  CHECK(moves[0].rule == "best_on_test");
  CHECK(moves[0].test->difference == 0);
  CHECK(moves[0].test->adjusted_p == 1);
}
