#include "reports/judging/cells.h"

#include <catch2/catch.hpp>
#include <set>

#include "bench.h"
#include "reports/judging/rules.h"
#include "reports/judging/statistics.h"
#include "reports/pages/wording.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;

namespace {

/// small_protocol() with another member in the published block of row gce (0.2: 91.20, 0.4: 80; rule last).
Json published(const std::string& key, const Json& value) {
  auto json = small_protocol();
  json["groups"][0]["rows"][1]["published"][0][key] = value;
  return json;
}

/// Settings 0.1, 0.2, 0.4 and the derived columns mean and area over them.
Json with_areas() {
  auto json = small_protocol();
  auto& group = json["groups"][0];
  group["settings"][0]["for_rate"] = {0.1, 0.2, 0.4};
  group["columns"] = Json::parse(R"([{"id": "0.4", "setting": "0.4"},
    {"id": "mean", "derived": "mean", "settings": ["0.1", "0.2", "0.4"], "source": "own"},
    {"id": "area", "derived": "error_area", "settings": ["0.1", "0.2", "0.4"], "abscissa": [0.1, 0.2, 0.4], "source": "own"}])");
  group["rows"][1].erase("published");
  return json;
}

const PublishedJudgement& judgement(const Table& table, const std::string& row, const std::string& column) {
  return cell_at(table, row, column).judgements.at(0);
}

int sum_of_counts(const Table& table) {
  int sum = 0;
  for (const auto& [word, count] : table.word_counts) sum += count;
  return sum;
}

}  // namespace

TEST_CASE("each selection rule picks its value of a seed", "[reports][cells]") {
  auto result = made_result({100, 950, 900, 900, 900, 900, 900, 900, 900, 900, 900, 910});
  auto values = rule_values(result);
  CHECK(values.at("last") == Approx(91.0));
  CHECK(values.at("mean_last_10") == Approx(90.1));  // nine times 90 and once 91
  CHECK(values.at("best_on_test") == Approx(95.0));
  CHECK_FALSE(values.contains("best_on_val"));
  result.final_counts.best_on_val = 905;
  CHECK(rule_values(result).at("best_on_val") == Approx(90.5));
  result.final_counts = {};
  CHECK(rule_values(result).at("last") == 0);
}

TEST_CASE("derived columns are worked out per seed from that seed's own settings", "[reports][cells]") {
  const bool lower_is_better = GENERATE(false, true);
  auto json = with_areas();
  if (lower_is_better) json["lower_is_better"] = true;
  Bench bench(json);
  for (const auto& [setting, a, b] : {std::tuple{"0.1", 900, 700}, {"0.2", 800, 600}, {"0.4", 600, 600}}) {
    bench.add("gce", setting, "a", {a});
    bench.add("gce", setting, "b", {b});
  }
  const auto table = bench.table();
  const auto mean = cell_at(table, "gce", "mean").values("last");
  REQUIRE(mean.size() == 2);
  // a: (90 + 80 + 60) / 3, b: (70 + 60 + 60) / 3; where lower is better the table shows errors
  CHECK(mean[0] == Approx(lower_is_better ? 100 - 230.0 / 3 : 230.0 / 3));
  CHECK(mean[1] == Approx(lower_is_better ? 100 - 190.0 / 3 : 190.0 / 3));
  // a: errors 10, 20, 40: (0.1 * 15 + 0.2 * 30) / 0.3; b: errors 30, 40, 40: (0.1 * 35 + 0.2 * 40) / 0.3
  const auto area = cell_at(table, "gce", "area").values("last");
  CHECK(area[0] == Approx(25.0));
  CHECK(area[1] == Approx(115.0 / 3));
  CHECK(cell_at(table, "gce", "0.4").values("last")[0] == Approx(lower_is_better ? 40.0 : 60.0));
  CHECK(cell_at(table, "gce", "area").wanted_trials == 6);
}

TEST_CASE("a cell says why it has no value", "[reports][cells]") {
  Bench bench;
  bench.add("gce", "0.2", "a", {912});
  bench.add("ce", "0.4", "a", made_failure("the loss is NaN", 3));
  bench.add("ce", "0.4", "b", {800});
  bench.skipped[trial_at(bench.protocol, "first", "gce", "0.4", "a").id] = "cifar10: file x is not there";
  const auto table = bench.table();
  const auto state = [&](const char* row, const char* column) { return cell_at(table, row, column).state; };
  CHECK(state("gce", "0.2") == CellState::incomplete);
  CHECK(cell_at(table, "gce", "0.2").reason == "1 of 2 trials");
  CHECK(state("gce", "0.4") == CellState::no_data);
  CHECK(cell_at(table, "gce", "0.4").reason == "cifar10: file x is not there");
  CHECK(state("gce", "mean") == CellState::incomplete);
  CHECK(cell_at(table, "gce", "mean").reason == "1 of 4 trials");
  CHECK(cell_at(table, "gce", "mean").seeds.empty());
  CHECK(state("ce", "0.2") == CellState::not_run);
  CHECK(state("ce", "0.4") == CellState::failed);
  CHECK(cell_at(table, "ce", "0.4").reason == "seed a failed in epoch 3: the loss is NaN");
  CHECK(state("old", "mean") == CellState::published_only);
  CHECK(word_of(judgement(table, "gce", "0.4").word) == "no data");
  CHECK(word_of(judgement(table, "old", "mean").word) == "published only");
}

TEST_CASE("a row whose method is not built says so", "[reports][cells]") {
  auto json = small_protocol();
  json["groups"][0]["rows"][2]["published"] =
      Json::parse(R"([{"rule": "last", "kind": "repo", "source": "t", "values": {"0.2": "90"}}])");
  const Bench bench(json);
  const auto table = bench.table();
  if (bench.protocol.groups[0].row("forward").status != Row::Status::planned) return;  // once it is built
  CHECK(cell_at(table, "forward", "0.2").state == CellState::not_built);
  CHECK(table.word_counts.at(CellWord::not_built) == 1);
}

TEST_CASE("two measured seeds are judged by the value's rule", "[reports][cells]") {
  Bench bench;
  bench.add("gce", "0.2", "a", {950, 912});
  bench.add("gce", "0.2", "b", {950, 912});
  const auto table = bench.table();
  const auto& judged = judgement(table, "gce", "0.2");
  CHECK(word_of(judged.word) == "match");
  REQUIRE(judged.by_rule.size() == 1);
  CHECK(judged.by_rule.at("last").delta == Approx(0).margin(1e-9));
  CHECK(measured_text(cell_at(table, "gce", "0.2"), "last") == "91.20 ± 0.00 (2)");
  CHECK(oracle_text(cell_at(table, "gce", "0.2"), "last") == "best on test 95.00, oracle gap 3.80 (epoch 1)");
}

TEST_CASE("where the source names no rule only agreement of all gives a verdict", "[reports][cells]") {
  struct Row {
    const char* rule;
    std::vector<int64_t> correct;
    const char* word;
    size_t judged;
  };
  const std::vector<int64_t> peak = {950, 912, 912, 912, 912, 912, 912, 912, 912, 912, 912};
  const std::vector<int64_t> late = {912, 912, 912, 950};
  const auto row = GENERATE_COPY(values<Row>({{"unknown", {912, 912}, "match", 3},
                                              {"unknown", peak, "depends on the rule", 3},
                                              {"last_or_mean_last_10", peak, "match", 2},
                                              {"last_or_mean_last_10", late, "better", 2},
                                              {"last_or_mean_last_10", {950, 912}, "depends on the rule", 2},
                                              {"best_on_test", peak, "better", 1},
                                              {"best_on_val", peak, "not comparable", 0}}));
  CAPTURE(row.rule, row.correct);
  Bench bench(published("rule", row.rule));
  for (const char* seed : {"a", "b"}) bench.add("gce", "0.2", seed, row.correct);
  const auto table = bench.table();
  CHECK(word_of(judgement(table, "gce", "0.2").word) == row.word);
  CHECK(judgement(table, "gce", "0.2").by_rule.size() == row.judged);
}

TEST_CASE("values that decide nothing are shown and marked", "[reports][cells]") {
  struct Row {
    Json protocol;
    const char* word;
    const char* reason;
  };
  auto unknown = small_protocol();
  unknown["groups"][0]["rows"][1]["conditions_known"] = false;
  const std::vector<Row> rows = {{published("kind", "paper-recalled"), "recalled", "decides nothing"},
                                 {published("difference", "another network"), "not comparable", "another network"},
                                 {unknown, "conditions unknown", "nobody knows the recipe"}};
  for (const auto& row : rows) {
    CAPTURE(row.word);
    Bench bench(row.protocol);
    for (const char* seed : {"a", "b"}) bench.add("gce", "0.2", seed, {912});
    const auto table = bench.table();
    CHECK(word_of(judgement(table, "gce", "0.2").word) == row.word);
    CHECK_THAT(judgement(table, "gce", "0.2").reason, Contains(row.reason));
    CHECK(table.shift.cells == 0);
    CHECK(table.measured == 1);
  }
}

TEST_CASE("the survivors of a failed seed are shown, not judged", "[reports][cells]") {
  Bench bench;
  bench.add("gce", "0.2", "a", {912});
  bench.add("gce", "0.2", "b", made_failure("the loss is NaN", 3));
  const auto table = bench.table();
  CHECK(word_of(judgement(table, "gce", "0.2").word) == "failed");
  CHECK_THAT(judgement(table, "gce", "0.2").reason, Contains("seed b failed in epoch 3"));
  CHECK(measured_text(cell_at(table, "gce", "0.2"), "last") == "91.20 (1)");
  CHECK(table.measured == 0);
  CHECK(table.shift.cells == 0);
}

TEST_CASE("a shift is the mean difference per seed with a t interval, worked by hand", "[reports][cells]") {
  Bench bench;
  bench.add("gce", "0.2", "a", {910});  // published 91.20
  bench.add("gce", "0.2", "b", {914});
  bench.add("gce", "0.4", "a", {790});  // published 80
  bench.add("gce", "0.4", "b", {800});
  const auto table = bench.table();
  // a: (-0.2 - 1) / 2 = -0.6, b: (0.2 + 0) / 2 = 0.1
  CHECK(table.shift.cells == 2);
  CHECK(table.shift.seeds == 2);
  CHECK(table.shift.mean == Approx(-0.25));
  // ours: 0.7^2 / 2 over 2 seeds; theirs, deviation not printed: s^2 = 0.08 and 0.5, rounding unit^2 / 12, over 2 cells
  const double theirs = (0.08 + 0.5 + (0.0001 + 1) / 12) / 4;
  CHECK(table.shift.uncertainty == Approx(12.706204736174707 * std::sqrt(0.245 / 2 + theirs)));
  CHECK_FALSE(table.shift.flagged);
  CHECK(table.row_shifts.at("first/gce").mean == Approx(-0.25));
  CHECK_THAT(shift_sentence(table.shift), Contains("Over 2 judged values the mean difference is −0.25 ± "));
}

TEST_CASE("a shift that excludes zero is flagged", "[reports][cells]") {
  Bench bench;
  for (const char* seed : {"a", "b"}) bench.add("gce", "0.2", seed, {900});
  const auto table = bench.table();
  CHECK(table.shift.mean == Approx(-1.2));
  CHECK(table.shift.flagged);
  CHECK_THAT(shift_sentence(table.shift), Contains("the interval excludes 0"));
}

TEST_CASE("the first sentence adds up", "[reports][cells]") {
  Bench bench;
  CHECK(first_sentence(bench.table()) ==
        "Of 2 published values 0 are measured; 2 not run. 1 more value is shown as published only.");
  bench.add("gce", "0.2", "a", {912});
  bench.add("gce", "0.2", "b", {912});
  CHECK(first_sentence(bench.table()) ==
        "Of 2 published values 1 is measured: 1 match; 1 not run. 1 more value is shown as published only.");
  bench.add("gce", "0.4", "a", {790});
  CHECK(first_sentence(bench.table()) ==
        "Of 2 published values 2 are measured: 1 match, 1 undecided. 1 more value is shown as published only.");
  bench.add("gce", "0.4", "b", made_failure("the loss is NaN", 3));
  const auto table = bench.table();
  CHECK(first_sentence(table) ==
        "Of 2 published values 1 is measured: 1 match; 1 failed. 1 more value is shown as published only.");
  CHECK(sum_of_counts(table) == table.published);
}

TEST_CASE("the consistent cells' median half width stands in the first sentence", "[reports][cells]") {
  Bench bench;
  bench.add("gce", "0.2", "a", {905});
  bench.add("gce", "0.2", "b", {915});
  const auto table = bench.table();
  REQUIRE(word_of(judgement(table, "gce", "0.2").word) == "consistent");
  // s^2 = 0.5: t * sqrt(0.25 + 0.5) + half a unit
  CHECK(table.median_consistent_uncertainty == Approx(12.706204736174707 * std::sqrt(0.75) + 0.005));
  CHECK_THAT(first_sentence(table), Contains("1 consistent to within ±11.0 (median)"));
}

TEST_CASE("a class that some seeds never predict makes a plain cell unstable, a derived one not", "[reports][cells]") {
  auto json = published("values", {{"0.2", "91.20"}, {"mean", "91.2"}});
  Bench bench(json);
  for (const char* setting : {"0.2", "0.4"}) {
    auto result = made_result({912});
    bench.add("gce", setting, "a", result);
    result.final_counts.classes_never_predicted = 1;
    bench.add("gce", setting, "b", result);
  }
  const auto table = bench.table();
  CHECK(word_of(judgement(table, "gce", "0.2").word) == "unstable");
  CHECK(word_of(judgement(table, "gce", "mean").word) == "match");
}

TEST_CASE("a class that its noise hides makes no cell unstable", "[reports][cells]") {
  // At 60 % of CIFAR-10's map the best guess of a truck is automobile, of a bird airplane, of a deer horse: 9, 2 and 4
  // are never named by a perfect fit to the noisy labels.
  auto json = published("values", {{"0.2", "91.20"}});
  auto& group = json["groups"][0];
  group["settings"][0]["for_rate"] = {0.6, 0.4};
  group["settings"][0]["noise"] = {{"generator", "cifar10_asymmetric"},
                                   {"options", {{"variant", "per_sample"}, {"stream", "philox"}}},
                                   {"source", "noise file"}};
  group["columns"] = {{{"id", "0.2"}, {"setting", "0.6"}}};
  group["rows"].erase(3);  // whose values stand at the mean
  const auto row = GENERATE(table<int64_t, std::string>({{3, "match"}, {4, "unstable"}}));
  Bench bench(json);
  auto result = made_result({912});
  bench.add("gce", "0.6", "a", result);
  result.final_counts.classes_never_predicted = std::get<0>(row);
  bench.add("gce", "0.6", "b", result);
  CHECK(word_of(judgement(bench.table(), "gce", "0.2").word) == std::get<1>(row));
}

TEST_CASE("cell ids are unique, those of the main group without its name", "[reports][cells]") {
  const Bench bench;
  const auto table = bench.table();
  std::set<std::string> ids;
  for (const auto& cell : table.cells) ids.insert(cell.id(bench.protocol));
  CHECK(ids.size() == table.cells.size());
  CHECK(ids.contains("small/gce/0.2"));
  CHECK(ids.contains("small/more:ce/0.6"));
  CHECK(table.find("more", "ce", "0.6") != nullptr);
  CHECK(table.find("more", "gce", "0.6") == nullptr);
}

TEST_CASE("the default view uses the rule that most values have and that the group measures", "[reports][wording]") {
  CHECK(default_rule(parsed(small_protocol()).groups[0]) == "last");
  CHECK(default_rule(parsed(published("rule", "best_on_test")).groups[0]) == "best_on_test");
  CHECK(default_rule(parsed(published("rule", "best_on_val")).groups[0]) == "last");  // nothing is held out
}

TEST_CASE("a label file whose rate is not the stated one is told once below the table", "[reports][labels]") {
  const auto texts_of = [](const char* generator, double effective) {
    auto json = small_protocol();
    json["groups"][0]["settings"][0]["noise"] = {
        {"generator", generator},
        {"options", {{"file", "labels/mine.npy"}, {"digest", std::string(64, 'e')}}},
        {"source", "noise file"}};
    if (std::string(generator) != "label_file") json = small_protocol();
    Bench bench(json);
    auto result = made_result({800, 900});
    result.noise->requested_rate = 0.4;
    result.noise->effective_rate = effective;
    for (const char* seed : {"a", "b"}) bench.add("ce", "0.4", seed, result);
    std::vector<std::string> texts;
    for (const auto& remark : remarks(bench.table())) texts.push_back(remark.text);
    return texts;
  };
  CHECK(texts_of("label_file", 0.902) ==
        std::vector<std::string>{"first, labels/mine.npy: 90.2 % of the labels are wrong; the stated rate is 40.0 %"});
  CHECK(texts_of("label_file", 0.4).empty());
  CHECK(texts_of("pair_flip", 0.902).empty());  // a generator's rate is its own definition
}
