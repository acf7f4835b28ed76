// Rows against rows: expected values from scipy.stats.ttest_rel and statsmodels' Holm, or by hand.
#include "reports/judging/comparisons.h"

#include <catch2/catch.hpp>
#include <memory>

#include "bench.h"
#include "reports/judging/claims.h"
#include "reports/judging/critical_difference.h"
#include "reports/judging/statistics.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;

namespace {

/// Seeds a to e; rows ce, gce, half (gce, q = 0.5), one setting 0.2, and a claim.
Json with_five_seeds(const std::string& better = "gce", const std::string& worse = "") {
  auto json = small_protocol();
  for (const auto& [name, value] : {std::pair{"d", 4}, {"e", 5}})
    json["seeds"].push_back({{"name", name}, {"noise", value}, {"split", value}, {"init", value}, {"train", value}});
  auto& group = json["groups"][0];
  group["columns"] = Json::parse(R"([{"id": "0.2", "setting": "0.2"}])");
  group["rows"].erase(3);
  group["rows"].erase(2);
  group["rows"][1].erase("published");
  auto half = group["rows"][1];
  half["id"] = "half";
  half["options"]["q"] = 0.5;
  group["rows"].push_back(half);
  for (auto& row : group["rows"]) row["seeds"] = 5;
  Json claim = {{"text", "best"}, {"source", "s"}, {"group", "first"}, {"better", better}, {"columns", {"0.2"}}};
  if (!worse.empty()) claim["worse"] = worse;
  json["claims"].push_back(claim);
  return json;
}

void add(Bench& bench, const std::string& row, const std::vector<int64_t>& correct) {
  const std::string names = "abcde";
  for (size_t i = 0; i < correct.size(); ++i) bench.add(row, "0.2", names.substr(i, 1), {correct[i]});
}

ColumnRanking ranking_of(const Table& table) {
  const auto& group = table.protocol->groups[0];
  return rank_column(table, group, group.columns[0], "last");
}

const Row& row_of(const Table& table, const std::string& id) { return table.protocol->groups[0].row(id); }

}  // namespace

TEST_CASE("a paired test agrees with scipy", "[reports][comparisons]") {
  Bench bench(with_five_seeds());
  add(bench, "ce", {912, 908, 915, 911, 909});
  add(bench, "gce", {901, 903, 906, 902, 905});
  const auto table = bench.table();
  const auto& ce = cell_at(table, "ce", "0.2");
  const auto& gce = cell_at(table, "gce", "0.2");
  const auto test = paired_test(ce, gce, "last", false);
  REQUIRE(test);
  CHECK(test->n == 5);
  CHECK(test->difference == Approx(0.76));
  CHECK(test->p == Approx(0.004597009522315812).epsilon(1e-9));  // scipy.stats.ttest_rel
  CHECK(test->uncertainty == Approx((1.128337066598399 - 0.39166293340160546) / 2).epsilon(1e-9));
  const auto turned = paired_test(ce, gce, "last", true);
  CHECK(turned->difference == Approx(-0.76));
  CHECK(turned->p == Approx(test->p));
}

TEST_CASE("pairs are made of shared seeds only", "[reports][comparisons]") {
  Bench bench(with_five_seeds());
  add(bench, "ce", {912, 908, 915, 911, 909});
  add(bench, "gce", {901, 903, 906});
  const auto table = bench.table();
  const auto test = paired_test(cell_at(table, "ce", "0.2"), cell_at(table, "gce", "0.2"), "last", false);
  REQUIRE(test);
  CHECK(test->n == 3);
  CHECK(test->p == Approx(0.041997918450816484).epsilon(1e-9));  // scipy.stats.ttest_rel of the first three
  CHECK_FALSE(paired_test(cell_at(table, "ce", "0.2"), cell_at(table, "half", "0.2"), "last", false));
}

TEST_CASE("equal differences are no certainty, equal values no difference", "[reports][comparisons]") {
  Bench bench(with_five_seeds());
  add(bench, "ce", {912, 908, 915, 911, 909});
  add(bench, "gce", {911, 907, 914, 910, 908});
  add(bench, "half", {912, 908, 915, 911, 909});
  const auto table = bench.table();
  const auto& ce = cell_at(table, "ce", "0.2");
  // one image of 1,000 each: 0.1 against a spread of half an image, t = 0.1 / (0.05 / sqrt 5) with 4 degrees
  const auto one = paired_test(ce, cell_at(table, "gce", "0.2"), "last", false);
  CHECK(one->p == Approx(student_t_two_sided(2 * std::sqrt(5.0), 4)));
  const auto none = paired_test(ce, cell_at(table, "half", "0.2"), "last", false);
  CHECK(none->difference == 0);
  CHECK(none->p == 1);
}

TEST_CASE("ranks are intervals, ties share the bold, Holm is over all pairs", "[reports][comparisons]") {
  Bench bench(with_five_seeds());
  add(bench, "ce", {700, 705, 698, 702, 701});  // far below
  add(bench, "gce", {912, 908, 915, 911, 909});
  add(bench, "half", {911, 910, 913, 912, 907});  // as good
  const auto table = bench.table();
  const auto ranking = ranking_of(table);
  REQUIRE(ranking.ranks.size() == 3);
  REQUIRE(ranking.pairs.size() == 3);
  CHECK(ranking.ranks[0].cell->row->id == "gce");
  const auto* gce = ranking.find(row_of(table, "gce"));
  const auto* half = ranking.find(row_of(table, "half"));
  const auto* ce = ranking.find(row_of(table, "ce"));
  CHECK(rank_text(*gce) == "1–2");
  CHECK(rank_text(*half) == "1–2");
  CHECK(rank_text(*ce) == "3");
  CHECK(gce->ties_best);
  CHECK(half->ties_best);
  CHECK_FALSE(ce->ties_best);
  REQUIRE(ranking.tie_groups.size() == 2);
  CHECK(ranking.tie_groups[0].size() == 2);
  CHECK(ranking.tie_groups[1].size() == 1);
  std::vector<double> p, adjusted;
  for (const auto& pair : ranking.pairs) {
    p.push_back(pair.test.p);
    adjusted.push_back(pair.test.adjusted_p);
  }
  CHECK(adjusted == holm(p));
  CHECK(ranking.find(row_of(table, "ce"), row_of(table, "gce")) ==
        ranking.find(row_of(table, "gce"), row_of(table, "ce")));
  const auto wins = pairwise_wins({ranking}, table.protocol->groups[0]);
  REQUIRE(wins.size() == 6);
  CHECK(wins[0].row->id == "ce");
  CHECK(wins[0].losses == 1);
  CHECK(wins[3].row->id == "gce");
  CHECK(wins[3].other->id == "half");
  CHECK(wins[3].ties == 1);
}

TEST_CASE("a class that some seeds, or all, never predict takes no rank", "[reports][comparisons]") {
  Bench bench(with_five_seeds());
  add(bench, "ce", {486, 480, 490, 484, 482});
  const auto some = GENERATE(0, 1, 5);  // seeds of the better row that miss a class
  const std::string names = "abcde";
  for (int i = 0; i < 5; ++i) {
    auto result = made_result({675 + i});
    result.final_counts.classes_never_predicted = i < some ? 1 : 0;
    bench.add("gce", "0.2", names.substr(static_cast<size_t>(i), 1), result);
  }
  const auto table = bench.table();
  const auto ranking = ranking_of(table);
  REQUIRE(ranking.find(row_of(table, "gce")) != nullptr);
  CHECK(ranking.find(row_of(table, "gce"))->ties_best);
  CHECK_FALSE(ranking.find(row_of(table, "ce"))->ties_best);
}

TEST_CASE("a row that is not measured whole, or unstable, has no rank and says why", "[reports][comparisons]") {
  auto json = with_five_seeds();
  auto printed = small_protocol()["groups"][0]["rows"][1]["published"];
  for (auto& values : printed) values["values"] = {{"0.2", values["values"].front()}};
  json["groups"][0]["rows"][0]["published"] = printed;
  Bench bench(json);
  add(bench, "ce", {912, 908, 915, 911, 909});
  add(bench, "gce", {911, 907, 914});
  add(bench, "half", {912, 100, 915, 911, 909});
  const auto table = bench.table();
  const auto ranking = ranking_of(table);
  CHECK(ranking.ranks.size() == 1);
  CHECK(ranking.pairs.empty());
  REQUIRE(ranking.unranked.size() == 2);
  CHECK_FALSE(ranking.ranks[0].ties_best);  // nobody wins alone
  CHECK(ranking.unranked_reason(row_of(table, "gce")) == "3 of 5 trials");
  CHECK(ranking.unranked_reason(row_of(table, "ce")).empty());
  CHECK(ranking.unranked[0].reason == "3 of 5 trials");
  CHECK_THAT(ranking.unranked[1].reason, Contains("seeds spread over 81.50 points"));
}

TEST_CASE("in a table of which nothing is printed the test alone knows the seeds' spread", "[reports][comparisons]") {
  Bench bench(with_five_seeds());
  add(bench, "ce", {812, 858, 835, 841, 829});    // over 4.6 points, 5 tolerances are 2.5
  add(bench, "gce", {902, 951, 921, 934, 915});   // better by 8.6 to 9.3 in every seed
  add(bench, "half", {912, 100, 915, 911, 909});  // one seed collapsed: nothing is sure of it
  const auto table = bench.table();
  const auto ranking = ranking_of(table);
  CHECK(ranking.unranked.empty());
  CHECK(ranking.find(row_of(table, "gce"))->ties_best);
  CHECK(ranking.find(row_of(table, "half"))->ties_best);
  CHECK_FALSE(ranking.find(row_of(table, "ce"))->ties_best);
}

TEST_CASE("where lower is better the smallest value ranks first", "[reports][comparisons]") {
  auto json = with_five_seeds();
  json["lower_is_better"] = true;
  Bench bench(json);
  add(bench, "ce", {700, 705, 698, 702, 701});
  add(bench, "gce", {912, 908, 915, 911, 909});
  const auto table = bench.table();
  const auto ranking = ranking_of(table);
  CHECK(ranking.ranks[0].cell->row->id == "gce");
  CHECK(ranking.ranks[0].mean == Approx(100 - 91.1));
  CHECK(ranking.pairs[0].test.difference > 0);
}

const std::vector<int64_t> kLow = {700, 705, 698, 702, 701}, kHigh = {912, 908, 915, 911, 909},
                           kNear = {911, 910, 913, 912, 907};

TEST_CASE("a claim holds, fails or stays undecided", "[reports][claims]") {
  SECTION("holds: better than every other row") {
    Bench bench(with_five_seeds());
    add(bench, "ce", kLow);
    add(bench, "gce", kHigh);
    add(bench, "half", {800, 803, 801, 806, 799});
    const auto table = bench.table();
    const auto claims = judge_claims(table);
    REQUIRE(claims.size() == 1);
    CHECK(claims[0].verdict == ClaimVerdict::holds);
    CHECK(claims[0].comparisons.size() == 2);
    CHECK(claims[0].in_favour == 2);
    // all must hold, so its p is the larger one
    CHECK(claims[0].adjusted_p == Approx(std::max(claims[0].comparisons[0].test->p, claims[0].comparisons[1].test->p)));
    CHECK(claims[0].reason == "2 of 2 comparisons measured: 2 in favour, 0 against at p < .05 each");
  }
  SECTION("fails: one other row is surely better, though another is not measured") {
    Bench bench(with_five_seeds("ce"));
    add(bench, "ce", kLow);
    add(bench, "gce", kHigh);
    const auto table = bench.table();
    const auto claims = judge_claims(table);
    CHECK(claims[0].verdict == ClaimVerdict::fails);
    CHECK(claims[0].not_measured == 1);
    CHECK(claims[0].adjusted_p == Approx(2 * claims[0].comparisons[0].test->p));
  }
  SECTION("undecided: another is as good") {
    Bench bench(with_five_seeds());
    add(bench, "ce", kLow);
    add(bench, "gce", kHigh);
    add(bench, "half", kNear);
    CHECK(judge_claims(bench.table())[0].verdict == ClaimVerdict::undecided);
  }
  SECTION("undecided: in favour, but not all measured") {
    Bench bench(with_five_seeds());
    add(bench, "ce", kLow);
    add(bench, "gce", kHigh);
    CHECK(judge_claims(bench.table())[0].verdict == ClaimVerdict::undecided);
  }
}

TEST_CASE("a claim may be of two rows, also of another group", "[reports][claims]") {
  SECTION("of two rows only") {
    Bench bench(with_five_seeds("gce", "ce"));
    add(bench, "ce", kLow);
    add(bench, "gce", kHigh);
    const auto table = bench.table();
    CHECK(judge_claims(table)[0].verdict == ClaimVerdict::holds);
    CHECK(judge_claims(table)[0].comparisons.size() == 1);
  }
  SECTION("of a row of another group") {
    auto json = with_five_seeds("gce", "ce");
    auto more = json["groups"][0];
    more["id"] = "more";
    more["rows"] = Json::array({more["rows"][0]});
    json["groups"][1] = more;
    json["claims"][0]["worse_group"] = "more";
    Bench bench(json);
    add(bench, "ce", kLow);
    add(bench, "gce", kHigh);
    const auto table = bench.table();
    const auto claims = judge_claims(table);
    CHECK(claims[0].verdict == ClaimVerdict::holds);
    REQUIRE(claims[0].comparisons.size() == 1);
    CHECK(claims[0].comparisons[0].worse == table.find("more", "ce", "0.2"));
  }
}

TEST_CASE("fewer than six blocks give no critical-difference diagram, and it says so", "[reports][comparisons]") {
  Bench bench(with_five_seeds());
  add(bench, "ce", {700, 705, 698, 702, 701});
  add(bench, "gce", {912, 908, 915, 911, 909});
  const auto table = bench.table();
  const auto result = critical_difference({&table});
  CHECK(result.rows.empty());
  CHECK_THAT(result.reason, Contains("needs 6 blocks") && Contains("blocks with two rows or more: 1"));
}

namespace {

/// Two kinds of noise at two levels on one data set; rows ce, gce, half.
Json two_kinds(const std::string& dataset) {
  auto json = with_five_seeds();
  json.erase("claims");
  auto& group = json["groups"][0];
  group["data"]["dataset"] = dataset;
  if (dataset == "mnist") {
    json["recipes"]["sgd"]["normalisation"] = {{"mean", {0.5}}, {"std", {0.2}}};
    json["nets"]["net"]["id"] = "lenet5";  // cnn_small halves its sides three times
  }
  group["settings"] = Json::parse(R"([
    {"for_rate": [0.2, 0.4], "name": "pair/{rate}", "title": "pair {percent} %",
     "noise": {"generator": "pair_flip", "options": {"count": "exact", "stream": "philox"}, "source": "own"}},
    {"for_rate": [0.2, 0.4], "name": "sym/{rate}", "title": "sym {percent} %",
     "noise": {"generator": "symmetric_inclusive", "options": {"count": "exact", "stream": "philox"}, "source": "own"}}])");
  group["columns"] = Json::array();
  for (const char* name : {"pair/0.2", "pair/0.4", "sym/0.2", "sym/0.4"})
    group["columns"].push_back({{"id", name}, {"setting", name}});
  json["groups"].erase(1);
  return json;
}

void fill(Bench& bench, const std::string& row, const std::string& setting, int64_t correct) {
  for (const char* seed : {"a", "b", "c", "d", "e"}) bench.add(row, setting, seed, {correct});
}

}  // namespace

TEST_CASE("a diagram over six blocks averages levels before it ranks", "[reports][comparisons]") {
  std::vector<std::unique_ptr<Bench>> benches;
  std::vector<Table> tables;
  for (const char* dataset : {"cifar10", "mnist", "quickstart"}) {
    auto& bench = *benches.emplace_back(std::make_unique<Bench>(two_kinds(dataset)));
    for (const char* kind : {"pair", "sym"}) {
      const auto at = [&](const char* level) { return std::string(kind) + "/" + level; };
      fill(bench, "ce", at("0.2"), 900);  // best at the low level, worst on average: 70.0 against 80.0 and 75.0
      fill(bench, "ce", at("0.4"), 500);
      fill(bench, "gce", at("0.2"), 850);
      fill(bench, "gce", at("0.4"), 750);
      fill(bench, "half", at("0.2"), 800);
      fill(bench, "half", at("0.4"), 700);
    }
    tables.push_back(bench.table());
  }
  const auto result = critical_difference({&tables[0], &tables[1], &tables[2]});
  CHECK(result.reason.empty());
  CHECK(result.blocks.size() == 6);
  REQUIRE(result.rows.size() == 3);
  CHECK(result.rows[0].row == "gce");
  CHECK(result.rows[0].rank == Approx(1));
  CHECK(result.rows[1].row == "half");
  CHECK(result.rows[2].row == "ce");
  CHECK(result.rows[2].rank == Approx(3));
  // q(3) * sqrt(3 * 4 / (6 * 6)) = 2.3437 / sqrt 3
  CHECK(result.difference == Approx(2.343700586378409 / std::sqrt(3.0)).epsilon(1e-8));
  CHECK(result.bars == std::vector<std::vector<std::string>>{{"gce", "half"}, {"half", "ce"}});
  CHECK(critical_difference({&tables[0], &tables[1]}).rows.empty());
}
