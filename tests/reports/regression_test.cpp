#include "reports/judging/regression.h"

#include <catch2/catch.hpp>

#include "bench.h"
#include "core/draws.h"
#include "reports/pages/regression_text.h"
#include "tests/support/fixtures.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;

namespace {

constexpr int64_t kTestImages = 10'000;

/// A cell of made values; trials "<id>:<seed>".
GuardedCell cell_of(const std::string& id, const std::vector<double>& percents) {
  GuardedCell cell{.rule = "last", .test_images = kTestImages, .seeds = {}};
  for (size_t i = 0; i < percents.size(); ++i) {
    const auto seed = std::to_string(i + 1);
    cell.seeds[seed] = {.trial = id + ":" + seed, .percent = percents[i], .determinism_class = "here"};
  }
  return cell;
}

/// Chains that depend on the values, in one class.
void add_chains(Snapshot& snapshot, const std::string& name) {
  auto& known = snapshot.classes[name];
  known.determinism_class = {{"cpu", name}};
  for (auto& [id, cell] : snapshot.cells) {
    for (auto& [seed, state] : cell.seeds) {
      state.determinism_class = name;
      known.chains[state.trial] = {"state " + std::to_string(state.percent), "count " + std::to_string(state.percent)};
    }
  }
}

Baseline baseline_of(Snapshot snapshot) {
  return {.protocols = {"p"}, .groups = {}, .history = {{"first", "0.1", "c"}}, .snapshot = std::move(snapshot)};
}

const CheckedCell& only(const CheckResult& result) {
  REQUIRE(result.cells.size() == 1);
  return result.cells[0];
}

const std::map<std::string, std::string> kNoneLeftOut;
const std::vector<double> kFive = {91.2, 90.8, 91.5, 91.1, 90.9};

}  // namespace

TEST_CASE("equal chains hold, one test image more does not", "[reports][regression]") {
  Snapshot before, now;
  before.cells["p/a/x"] = cell_of("a", kFive);
  add_chains(before, "here");
  now = before;
  const auto baseline = baseline_of(before);
  CHECK(only(check_against(baseline, now)).state == Guarded::same_chains);
  CHECK_FALSE(check_against(baseline, now).has_gap());
  now.classes["here"].chains["a:3"].count = "another";
  const auto result = check_against(baseline, now);
  CHECK(only(result).state == Guarded::chains_differ);
  CHECK_THAT(only(result).reason, Contains("seed 3: count chain differs"));
  CHECK(result.has_fault());
  now.classes["here"].chains["a:3"] = before.classes["here"].chains["a:3"];
  now.classes["here"].chains["a:3"].state = "another";
  CHECK_THAT(only(check_against(baseline, now)).reason, Contains("state chain differs, with equal counts"));
}

TEST_CASE("in an unknown class accuracies are paired with the baseline's by seed", "[reports][regression]") {
  Snapshot before, now;
  before.cells["p/a/x"] = cell_of("a", kFive);
  add_chains(before, "here");
  now.cells["p/a/x"] = cell_of("a", {91.0, 90.9, 91.4, 91.2, 90.9});
  add_chains(now, "there");
  const auto result = check_against(baseline_of(before), now);
  CHECK(only(result).state == Guarded::within);
  CHECK_FALSE(result.has_gap());
  CHECK_THAT(only(result).reason, Contains("chains not compared: class there is not in the baseline"));
  // numpy: differences of mean -.02 and deviation .13038405, error of their mean .05830951894845481;
  // scipy: t.ppf(1 - .00025, 4) = 10.306254681808051, t.ppf(.9, 4) = 1.533206274058944; ttest_rel
  CHECK(only(result).move == Approx(-0.02));
  CHECK(only(result).allowed == Approx(0.6009527526564876).epsilon(1e-9));
  CHECK(only(result).smallest_move == Approx(0.6903532729456174).epsilon(1e-9));
  CHECK(only(result).p == Approx(0.7488684500235815).epsilon(1e-9));
  for (auto& [seed, state] : now.cells["p/a/x"].seeds) state.percent -= 2;
  const auto moved = check_against(baseline_of(before), now);
  CHECK(only(moved).state == Guarded::outside);
  CHECK(only(moved).p == Approx(4.142809282218974e-06).epsilon(1e-9));
  CHECK(moved.has_fault());
}

TEST_CASE("seeds far apart hide no move that all of them make", "[reports][regression]") {
  // The baseline's seeds spread by 6.1 points; unpaired, 10.31 * 6.13 * sqrt(2 / 5) = 40 points would be allowed.
  Snapshot before, now;
  before.cells["p/a/x"] = cell_of("a", {57.8, 72.4, 61.0, 66.5, 70.2});
  now.cells["p/a/x"] = cell_of("a", {55.7, 70.5, 59.0, 64.4, 68.3});
  CHECK(only(check_against(baseline_of(before), now)).state == Guarded::outside);
}

TEST_CASE("a cell that could not have shown a move of --max-move is blind, not a success", "[reports][regression]") {
  Snapshot before, now;
  before.cells["p/a/x"] = cell_of("a", kFive);
  now.cells["p/a/x"] = cell_of("a", {76.2, 75.9, 91.5, 91.1, 90.9});  // two seeds lost 15 points
  const auto baseline = baseline_of(before);
  const auto blind = check_against(baseline, now);
  CHECK(only(blind).state == Guarded::blind);
  CHECK_FALSE(blind.has_fault());
  CHECK(blind.has_gap());
  CHECK_THAT(only(blind).reason, Contains("a move of 3 points would not be seen"));
  CHECK_THAT(check_sentence(blind), Contains("1 blind.") && Contains("a move of 3 points (--max-move)"));
  CHECK_THAT(check_junit(blind, "b.json"), Contains("errors=\"1\"") && Contains("<error message=\"blind, "));
  CHECK_THAT(check_markdown(blind, baseline, "b.json"), Contains("| p/a/x | blind |"));
  const double smallest = only(blind).smallest_move;
  CHECK(only(check_against(baseline, now, smallest * 1.001)).state == Guarded::within);
  CHECK(only(check_against(baseline, now, smallest * 0.999)).state == Guarded::blind);
}

TEST_CASE("a trial that is not the baseline's is changed until accepted, and held all the same",
          "[reports][regression]") {
  Snapshot before, now;
  before.cells["p/a/x"] = cell_of("a", kFive);
  add_chains(before, "here");
  now.cells["p/a/x"] = cell_of("a", kFive);
  now.cells["p/a/x"].seeds["4"].trial = "another option";  // one seed is enough
  add_chains(now, "here");
  const auto baseline = baseline_of(before);
  const auto result = check_against(baseline, now);
  CHECK(only(result).state == Guarded::changed);
  CHECK(only(result).compared);
  CHECK_FALSE(result.has_fault());
  CHECK(result.has_gap());
  CHECK_THAT(only(result).reason, Contains("the trial is another one") && Contains("--update"));
  CHECK_THAT(check_sentence(result), Contains("1 changed.") && Contains("accept it with --update"));
  CHECK_THAT(check_junit(result, "b.json"), Contains("errors=\"1\"") && Contains("<error message=\"changed, "));
  CHECK_THAT(check_markdown(result, baseline, "b.json"), Contains("| p/a/x | changed |"));
  SECTION("moved far, it is outside") {
    for (auto& [seed, state] : now.cells["p/a/x"].seeds) state.percent -= 15;
    const auto moved = check_against(baseline, now);
    CHECK(only(moved).state == Guarded::outside);
    CHECK_THAT(only(moved).reason, Contains("the trial is another one"));
  }
  SECTION("accepted, it holds") {
    const auto after = updated(baseline, now, {"q is .3", "0.2", "d"});
    CHECK(only(check_against(after, now)).state == Guarded::same_chains);
  }
}

TEST_CASE("equal chains hold beside the accuracies of another class", "[reports][regression]") {
  // An update in a new class stores its accuracies and keeps the other class's chains, which may differ by an image.
  Snapshot before, now;
  before.cells["p/a/x"] = cell_of("a", kFive);
  add_chains(before, "here");
  now = before;
  before.cells["p/a/x"].seeds["2"].percent += 0.01;
  CHECK(only(check_against(baseline_of(before), now)).state == Guarded::same_chains);
}

TEST_CASE("the measured mean is over the baseline's seeds", "[reports][regression]") {
  Snapshot before, now;
  before.cells["p/a/x"] = cell_of("a", kFive);
  auto more = kFive;
  more.insert(more.end(), {20, 30});
  now.cells["p/a/x"] = cell_of("a", more);
  const auto result = check_against(baseline_of(before), now);
  CHECK(only(result).measured_seeds == 5);
  CHECK(only(result).measured_mean == Approx(91.1));  // (91.2 + 90.8 + 91.5 + 91.1 + 90.9) / 5
  CHECK(only(result).move == Approx(0).margin(1e-12));
}

TEST_CASE("two records of one class with different chains are a fault", "[reports][regression]") {
  Snapshot before, now;
  before.cells["p/a/x"] = cell_of("a", kFive);
  add_chains(before, "here");
  now = before;
  now.cells["p/a/x"].seeds["2"].fault = "records 1 and 2 have different chains";
  const auto result = check_against(baseline_of(before), now);
  CHECK(only(result).state == Guarded::chains_differ);
  CHECK_THAT(only(result).reason, Contains("seed 2: determinism fault: records 1 and 2"));
}

TEST_CASE("five equal seeds do not alarm at one image", "[reports][regression]") {
  Snapshot before, now;
  before.cells["p/a/x"] = cell_of("a", {90, 90, 90, 90, 90});
  now.cells["p/a/x"] = cell_of("a", {90.01, 90.01, 90.01, 90.01, 90.01});
  CHECK(only(check_against(baseline_of(before), now)).state == Guarded::within);
  now.cells["p/a/x"] = cell_of("a", {90.1, 90.1, 90.1, 90.1, 90.1});
  CHECK(only(check_against(baseline_of(before), now)).state == Guarded::outside);
}

TEST_CASE("what was not measured, or cannot be compared, is a gap and says why", "[reports][regression]") {
  Snapshot before, now;
  before.cells["p/a/x"] = cell_of("a", kFive);
  SECTION("an empty folder") {
    now.cells["p/a/x"] = cell_of("a", kFive);
    for (auto& [seed, state] : now.cells["p/a/x"].seeds) state.missing = "not run";
  }
  SECTION("half of the seeds") {
    now.cells["p/a/x"] = cell_of("a", kFive);
    now.cells["p/a/x"].seeds["4"].missing = "not run";
  }
  SECTION("the cell is gone") {}
  SECTION("fewer than five seeds in an unknown class") {
    before.cells["p/a/x"] = cell_of("a", {91.2, 90.8, 91.5, 91.1});
    now.cells["p/a/x"] = before.cells["p/a/x"];
  }
  const auto result = check_against(baseline_of(before), now);
  CHECK(result.has_gap());
  CHECK_FALSE(result.has_fault());
  CHECK(!only(result).reason.empty());
}

TEST_CASE("a trial that passed and now fails is a fault, one that failed before is not", "[reports][regression]") {
  Snapshot before, now;
  before.cells["p/a/x"] = cell_of("a", kFive);
  now.cells["p/a/x"] = cell_of("a", kFive);
  now.cells["p/a/x"].seeds["2"].failure = "the loss is NaN";
  const auto result = check_against(baseline_of(before), now);
  CHECK(only(result).state == Guarded::failed);
  CHECK_THAT(only(result).reason, Contains("seed 2 passed in the baseline and failed: the loss is NaN"));
  for (auto& [seed, state] : before.cells["p/a/x"].seeds) state.failure = "NaN";
  for (auto& [seed, state] : now.cells["p/a/x"].seeds) state.failure = "NaN";
  CHECK_FALSE(check_against(baseline_of(before), now).has_fault());
}

TEST_CASE("a baseline file reads back as written, and names its problems", "[reports][regression]") {
  Snapshot snapshot;
  snapshot.cells["p/a/x"] = cell_of("a", kFive);
  add_chains(snapshot, "here");
  snapshot.cells["p/a/x"].seeds["2"].failure = "NaN";
  const TemporaryFolder folder;
  const auto file = folder.path() / "b.json";
  const auto text = baseline_text(baseline_of(snapshot));
  write_bytes(file, text);
  CHECK(baseline_text(read_baseline(file)) == text);
  write_bytes(file, R"({"schema": 2, "protocols": [], "groups": [], "history": [], "cells": {"c": {"rule": "lats"}}})");
  CHECK_THROWS_WITH(read_baseline(file), Contains("/schema") && Contains("nearest is \"last\"") && Contains("classes"));
}

TEST_CASE("an update adds its class and keeps other classes' chains of unmoved trials", "[reports][regression]") {
  Snapshot before, now;
  before.cells["p/a/x"] = cell_of("a", kFive);
  before.cells["p/b/x"] = cell_of("b", kFive);
  add_chains(before, "there");
  add_chains(before, "here");
  now = before;
  now.classes.erase("there");
  now.cells.erase("p/b/x");
  for (const char* seed : {"1", "2", "3", "4", "5"}) now.classes["here"].chains.erase(std::string("b:") + seed);
  now.classes["here"].chains["a:1"].count = "moved";
  const auto after = updated(baseline_of(before), now, {"a reason", "0.2", "d"});
  CHECK(after.history.size() == 2);
  CHECK(after.snapshot.classes.at("here").chains.at("a:1").count == "moved");
  const auto& other = after.snapshot.classes.at("there").chains;
  CHECK(other.size() == 4);  // a:2 to a:5: a:1 moved, b is gone
  CHECK_FALSE(other.contains("a:1"));
}

TEST_CASE("records become a snapshot of setting columns under the default rule", "[reports][regression]") {
  Bench bench;
  bench.add("gce", "0.2", "a", {912});
  bench.add("gce", "0.2", "b", made_failure("the loss is NaN", 3));
  const auto snapshot = snapshot_of({bench.protocol}, {}, without_forward(), {bench.records, kNoneLeftOut});
  REQUIRE(snapshot.cells.size() == 4);  // ce and gce at 0.2 and 0.4: no derived column, no row that is not measured
  const auto& cell = snapshot.cells.at("small/gce/0.2");
  CHECK(cell.rule == "last");
  CHECK(cell.test_images == 1000);
  CHECK(cell.seeds.at("a").percent == Approx(91.2));
  CHECK(cell.seeds.at("b").failure == "the loss is NaN");
  CHECK(snapshot.classes.size() == 1);
  CHECK(missing_of(snapshot).size() == 6);
  CHECK(snapshot_of({bench.protocol}, {"all"}, without_forward(), {bench.records, kNoneLeftOut}).cells.size() == 5);
}

TEST_CASE("table, Markdown and JUnit say the same of a cell and escape what they show", "[reports][regression]") {
  Snapshot before, now;
  before.cells["p/a/<x>|"] = cell_of("a", kFive);
  before.cells["p/b/x"] = cell_of("b", kFive);
  now.cells["p/a/<x>|"] = cell_of("a", {80, 80, 80, 80, 80.1});
  const auto baseline = baseline_of(before);
  const auto result = check_against(baseline, now);
  CHECK(check_sentence(result) == "2 cells of the baseline: 1 OUTSIDE, 1 not measured.");
  CHECK_THAT(check_row(result.cells[0])[4], Contains("−11.08"));
  const auto markdown = check_markdown(result, baseline, "b.json");
  CHECK_THAT(markdown, Contains("p/a/&lt;x&gt;\\|") && Contains("| OUTSIDE |") && Contains("accepted at c: first"));
  const auto junit = check_junit(result, "b.json");
  CHECK_THAT(junit, Contains("tests=\"2\" failures=\"1\" errors=\"1\"") &&
                        Contains("<testcase classname=\"p/a\" name=\"&lt;x&gt;|\"><failure message=\"OUTSIDE, ") &&
                        Contains("<error message=\"not measured, "));
}
