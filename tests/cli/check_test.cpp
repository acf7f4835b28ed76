#include <catch2/catch.hpp>
#include <fstream>

#include "reports/judging/baseline.h"
#include "supervise/machine.h"
#include "tests/cli/program.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

RecordIndex records_of(const fs::path& results) { return read_records({results}, Store(results, false).trial_ids()); }

/// Five trials, measured into results/, and a baseline of them, as a clean build's --update writes it.
void measure_and_accept(Workplace& place) {
  place.with("FAKE_SPREAD", "2").write_protocol("small", 5);
  REQUIRE(place.run({"run", "small"}).code == 0);
  const auto protocol = read_protocol(place / "protocols/small.json", facts());
  const auto records = records_of(place / "results");
  const std::map<std::string, std::string> none_left_out;
  const auto snapshot = snapshot_of({protocol}, {}, facts(), {records, none_left_out});
  REQUIRE(missing_of(snapshot).empty());
  const Baseline baseline = {
      .protocols = {"small"}, .groups = {}, .history = {{"first", "0", "c"}}, .snapshot = snapshot};
  std::ofstream(place / "b.json") << baseline_text(baseline);
}

Outcome check(const Workplace& place, std::vector<std::string> more = {}) {
  std::vector<std::string> words = {"check", "--baseline", "b.json"};
  words.insert(words.end(), more.begin(), more.end());
  return place.run(words);
}

/// A copy of results/ without the first `dropped` trials, which are then run again.
void run_again(const Workplace& place, const std::string& folder, size_t dropped, bool run = true) {
  fs::copy(place / "results", place / folder, fs::copy_options::recursive);
  auto ids = Store(place / folder, false).trial_ids();
  for (size_t i = 0; i < dropped; ++i) fs::remove_all(place / folder / ids[i]);
  if (run) REQUIRE(place.run({"run", "small", "--results", folder}).code == 0);
}

}  // namespace

TEST_CASE("a baseline passes against its own folder; one trial of another chain fails it", "[cli][check]") {
  Workplace place;
  measure_and_accept(place);
  const auto same = check(place, {"--junit", "out/check.xml", "--markdown", "out/check.md"});
  CAPTURE(same.out, same.err);
  CHECK(same.code == 0);
  CHECK_THAT(same.out,
             Contains("small/ce/0.4") && Contains("same chains") && Contains("1 cell of the baseline: 1 same chains."));
  CHECK_THAT(text_of(place / "out/check.xml"), Contains("tests=\"1\" failures=\"0\" errors=\"0\""));
  CHECK_THAT(text_of(place / "out/check.md"), Contains("| small/ce/0.4 | same chains |"));
  place.with("FAKE_CHAIN", "other").with("FAKE_SHIFT", "1");
  run_again(place, "changed", 1);
  const auto other = check(place, {"--results", "changed", "--junit", "out/check.xml"});
  CHECK(other.code == 3);
  CHECK_THAT(other.out, Contains("CHAINS DIFFER") && Contains("count chain differs (at least one test image)"));
  CHECK_THAT(text_of(place / "out/check.xml"),
             Contains("failures=\"1\"") && Contains("<failure message=\"CHAINS DIFFER"));
}

TEST_CASE("in another class accuracies are held seed by seed, within the interval or outside", "[cli][check]") {
  Workplace place;
  measure_and_accept(place);
  place.with("FAKE_ISA", "avx512").with("FAKE_CHAIN", "other").with("FAKE_SHIFT", "1");
  run_again(place, "near", 5);
  const auto near = check(place, {"--results", "near"});
  CAPTURE(near.out);
  CHECK(near.code == 0);
  CHECK_THAT(near.out, Contains("chains not compared: class ") && Contains("smallest move seen"));
  // every seed has one image more; their differences count as spreading half of one: 10.31 * .05 / sqrt(5) = .23
  CHECK_THAT(near.out, Contains("+0.10") && Contains("±0.23"));
  place.with("FAKE_SHIFT", "40");
  run_again(place, "far", 5);
  const auto far = check(place, {"--results", "far"});
  CHECK(far.code == 3);
  CHECK_THAT(far.out, Contains("OUTSIDE") && Contains("+4.00"));
}

TEST_CASE("a cell that could not have shown a move of --max-move is exit 4 everywhere", "[cli][check]") {
  Workplace place;
  measure_and_accept(place);
  place.with("FAKE_ISA", "avx512").with("FAKE_CHAIN", "other").with("FAKE_SPREAD", "32");
  run_again(place, "wild", 5);  // 3, 6, 9, 12 and 15 points above the baseline
  const auto blind = check(place, {"--results", "wild", "--junit", "out/check.xml", "--markdown", "out/check.md"});
  CAPTURE(blind.out);
  CHECK(blind.code == 4);
  CHECK_THAT(blind.out, Contains("blind") && Contains("a move of 3 points would not be seen"));
  CHECK_THAT(text_of(place / "out/check.xml"),
             Contains("failures=\"0\" errors=\"1\"") && Contains("<error message=\"blind"));
  CHECK_THAT(text_of(place / "out/check.md"), Contains("| small/ce/0.4 | blind |"));
  CHECK(check(place, {"--results", "wild", "--max-move", "30"}).code == 0);
  CHECK(check(place, {"--results", "wild", "--max-move", "0"}).code == 2);
}

TEST_CASE("a trial that is not the baseline's is exit 4 until accepted", "[cli][check]") {
  Workplace place;
  measure_and_accept(place);
  place.with("FAKE_SHIFT", "-10").write_protocol("small", 5, 3);  // an epoch more, and what it gains taken back
  REQUIRE(place.run({"run", "small", "--results", "changed"}).code == 0);
  const auto changed = check(place, {"--results", "changed", "--junit", "out/check.xml", "--markdown", "out/check.md"});
  CAPTURE(changed.out);
  CHECK(changed.code == 4);
  CHECK_THAT(changed.out, Contains("1 changed.") && Contains("the trial is another one"));
  CHECK_THAT(text_of(place / "out/check.xml"),
             Contains("failures=\"0\" errors=\"1\"") && Contains("<error message=\"changed"));
  CHECK_THAT(text_of(place / "out/check.md"), Contains("| small/ce/0.4 | changed |"));
}

TEST_CASE("of merged folders the baseline's class counts, and it says so", "[cli][check]") {
  Workplace place;
  measure_and_accept(place);
  place.with("FAKE_ISA", "avx512").with("FAKE_CHAIN", "other").with("FAKE_SHIFT", "40");
  REQUIRE(place.run({"run", "small", "--results", "other"}).code == 0);
  CHECK(check(place, {"--results", "other"}).code == 3);
  const auto merged = check(place, {"--results", "results", "--results", "other"});
  CAPTURE(merged.out);
  CHECK(merged.code == 0);
  CHECK_THAT(merged.out, Contains("1 same chains") && Contains("5 records of other classes left out"));
  const auto page = place.run(
      {"report", "small", "--results", "results", "--results", "other", "--out", "p", "--format", "markdown"});
  CHECK(page.code == 0);
  CHECK_THAT(text_of(place / "p/small.md"), Contains("- 5 records by nlbench") &&
                                                Contains("of several determinism classes ") &&
                                                Contains("5 records of other classes left out"));
}

TEST_CASE("an empty or half-finished folder is never a success, and says what is missing", "[cli][check]") {
  Workplace place;
  measure_and_accept(place);
  const auto empty = check(place, {"--results", "nowhere"});
  CHECK(empty.code == 4);
  CHECK_THAT(empty.out, Contains("not measured") && Contains("seed 1: not run"));
  run_again(place, "half", 3, false);
  CHECK(check(place, {"--results", "half"}).code == 4);
  place.with("FAKE_SCRIPT", "*:fail");
  fs::copy(place / "half", place / "failing", fs::copy_options::recursive);
  CHECK(place.run({"run", "small", "--results", "failing"}).code == 1);
  const auto failed = check(place, {"--results", "failing"});
  CHECK(failed.code == 3);
  CHECK_THAT(failed.out, Contains("passed in the baseline and failed: loss is not finite"));
}

TEST_CASE("records of another build do not count, unless --any-build", "[cli][check]") {
  Workplace place;
  measure_and_accept(place);
  const Store store(place / "foreign");
  for (auto& [trial, list] : records_of(place / "results").by_trial) {
    load_curves(list.front());
    list.front().build.commit = "0123456789abcdef";
    store.add(list.front());
  }
  const auto refused = check(place, {"--results", "foreign"});
  CHECK(refused.code == 4);
  CHECK_THAT(refused.out, Contains("only records of another build (") && Contains("at 0123456789ab"));
  CHECK(check(place, {"--results", "foreign", "--any-build"}).code == 0);
}

TEST_CASE("an update wants a clean build, a reason and every cell", "[cli][check]") {
  Workplace place;
  measure_and_accept(place);
  const std::vector<std::string> start = {"check", "--baseline", "new.json", "--protocol", "small", "--update"};
  const auto with = [&](std::vector<std::string> more) {
    auto words = start;
    words.insert(words.end(), more.begin(), more.end());
    return place.run(words);
  };
  CHECK_THAT(with({}).err, Contains("--update needs --reason"));
  const auto no_protocol = place.run({"check", "--baseline", "absent.json", "--update", "--reason", "r"});
  CHECK(no_protocol.code == 2);
  CHECK_THAT(no_protocol.err, Contains("needs --protocol ID"));
  const auto update = with({"--reason", "because"});
  if (this_build().dirty) {
    CHECK(update.code == 2);
    CHECK_THAT(update.err, Contains("uncommitted changes"));
    CHECK_FALSE(fs::exists(place / "new.json"));
    return;
  }
  CHECK(update.code == 0);
  CHECK_THAT(text_of(place / "new.json"), Contains("because"));
  CHECK(place.run({"check", "--baseline", "new.json"}).code == 0);
  run_again(place, "half", 3, false);
  const auto gap = with({"--reason", "r", "--results", "half"});
  CHECK(gap.code == 4);
  CHECK_THAT(gap.err, Contains("refuses unmeasured cells") && Contains("small/ce/0.4 seed "));
}

TEST_CASE("a baseline that is not there or not one is exit 2", "[cli][check]") {
  Workplace place;
  place.write_protocol("small", 1);
  CHECK(check(place).code == 2);
  std::ofstream(place / "b.json") << "{}";
  const auto wrong = check(place);
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.err, Contains("b.json") && Contains("schema") && Contains("cells"));
}
