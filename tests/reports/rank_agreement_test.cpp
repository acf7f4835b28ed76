// Expected values: scipy.stats.kendalltau 1.16; intervals from a Python program of its own that draws by Philox as
// core/draws.h says, takes kendalltau of each draw and numpy.quantile of those that have one.
#include "reports/judging/rank_agreement.h"

#include <catch2/catch.hpp>
#include <vector>

#include "bench.h"
#include "reports/pages/sections.h"
#include "shelf.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;

namespace {

/// small_protocol() with six rows on its settings 0.2 and 0.4.
Json six_rows() {
  auto json = small_protocol();
  auto& group = json["groups"][0];
  auto row = group["rows"][1];
  row.erase("published");
  group["rows"] = Json::array();
  for (int i = 1; i <= 6; ++i) {
    row["id"] = "q" + std::to_string(i);
    row["title"] = "q = 0." + std::to_string(i);
    row["options"]["q"] = i / 10.0;
    row["seeds"] = 1;
    group["rows"].push_back(row);
  }
  return json;
}

void add(Bench& bench, const std::string& setting, const std::vector<int64_t>& correct) {
  for (size_t i = 0; i < correct.size(); ++i) bench.add("q" + std::to_string(i + 1), setting, "a", {correct[i]});
}

}  // namespace

TEST_CASE("Kendall's tau-b and its interval over rows agree with scipy and numpy", "[reports][agreement]") {
  struct Case {
    std::vector<double> first, second;
    double tau, low, high;
  };
  const auto row =
      GENERATE(Case{{86.2, 91.4, 90.8, 93.1, 88.0, 92.2, 85.1},
                    {61.0, 71.5, 75.2, 80.4, 66.6, 70.9, 63.3},
                    0.6190476190476191,
                    -0.2,
                    1},
               Case{{1, 2, 2, 3, 4, 4, 5, 6}, {2, 1, 3, 3, 5, 4, 4, 7}, 0.7692307692307694, 0.40932670333470417, 1},
               Case{{5, 4, 3, 2, 1}, {1, 2, 3, 4, 5}, -1, -1, -1},
               Case{{90.1, 90.1, 88.0, 92.5, 91.0}, {50, 60, 55, 58, 52}, 0.10540925533894596, -1, 1});
  const auto found = agreement_of(row.first, row.second);
  REQUIRE(found);
  CHECK(found->tau == Approx(row.tau).epsilon(1e-12));
  CHECK(found->low == Approx(row.low).epsilon(1e-12));
  CHECK(found->high == Approx(row.high).epsilon(1e-12));
  const auto turned = agreement_of(row.second, row.first);
  CHECK(turned->tau == found->tau);
  CHECK(turned->low == found->low);
}

TEST_CASE("equal values throughout have no tau", "[reports][agreement]") {
  const std::vector<double> all_equal = {1, 1, 1}, rising = {1, 2, 3}, one = {1};
  CHECK_FALSE(kendall_tau_b(all_equal, rising));
  CHECK_FALSE(kendall_tau_b(one, one));
  CHECK_FALSE(agreement_of(rising, all_equal));
}

TEST_CASE("columns are compared over the rows that are measured whole in both", "[reports][agreement]") {
  Bench bench(six_rows());
  add(bench, "0.2", {950, 940, 930, 920, 910, 900});
  add(bench, "0.4", {800, 790, 780, 770, 760});  // the sixth row is not measured here
  const auto table = bench.table();
  const auto& group = table.protocol->groups[0];
  const auto found = rank_agreements(table, group, "last");
  REQUIRE(found.size() == 1);
  CHECK(found[0].first->id == "0.2");
  CHECK(found[0].second->id == "0.4");
  CHECK(found[0].rows == 5);
  CHECK(found[0].tau == 1);
  CHECK(found[0].sure());
  const GroupShowing showing(table, group);
  CHECK_THAT(rank_agreement_markdown(showing),
             Contains("Of 1 pair of columns 1 surely order the rows alike") && Contains("| 1.00 | 1.00 to 1.00 | 5 |"));
  const auto json = rank_agreement_json(showing);
  REQUIRE(json.size() == 1);
  CHECK(json[0]["rows"] == 5);
}

TEST_CASE("four rows say nothing about agreement", "[reports][agreement]") {
  Bench bench(six_rows());
  add(bench, "0.2", {950, 940, 930, 920});
  add(bench, "0.4", {800, 790, 780, 770});
  const auto table = bench.table();
  CHECK(rank_agreements(table, table.protocol->groups[0], "last").empty());
  CHECK(rank_agreement_markdown(GroupShowing(table, table.protocol->groups[0])).empty());
}
