#include "reports/judging/one_class.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "bench.h"
#include "reports/judging/baseline.h"
#include "reports/pages/report.h"
#include "reports/pages/wording.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;

namespace {

const Json kHere = {{"cpu", "here"}, {"threads", "1"}};
const Json kThere = {{"cpu", "there"}, {"threads", "1"}};

/// A record of one class; the store's order, ok before failed and then by digest, is kept.
void add(Bench& bench, const Json& determinism_class, const std::string& seed, TrialResult result) {
  result.determinism_class = determinism_class;
  result.state_chain = class_digest(determinism_class) + seed;
  bench.add("ce", "0.2", seed, std::move(result));
  for (auto& [trial, list] : bench.records.by_trial) {
    std::stable_sort(list.begin(), list.end(), [](const Record& a, const Record& b) {
      if (a.result.status != b.result.status) return a.result.status == TrialResult::Status::ok;
      return a.digest < b.digest;
    });
  }
}

std::vector<double> values_of(const Bench& bench) { return cell_at(bench.table(), "ce", "0.2").values("last"); }

Snapshot snapshot_with(const Bench& bench, const std::set<std::string>& known) {
  static const std::map<std::string, std::string> none_left_out;
  return snapshot_of({bench.protocol}, {}, without_forward(), {bench.records, none_left_out, known});
}

}  // namespace

TEST_CASE("a cell takes the records of the class that has most of its seeds", "[reports][classes]") {
  // each value that a record's digest might favour is tried: whichever is smallest, the class decides
  const int64_t there = GENERATE(range(100, 108));
  Bench bench;
  add(bench, kHere, "a", made_result({900}));
  add(bench, kHere, "b", made_result({910}));
  add(bench, kThere, "a", made_result({there}));
  CHECK(values_of(bench) == std::vector<double>{90, 91});
  const auto table = bench.table();
  CHECK(table.record_digests.size() == 2);
  CHECK_THAT(build_lines(table).front(), Contains("2 records by nlbench"));
  const auto remark = "of several determinism classes " + class_digest(kHere) +
                      " counts for 2 of its 2 trials; 1 record of other classes left out";
  CHECK(class_remarks(bench.records, table) == std::vector<std::string>{"small/ce/0.2: " + remark});
  const ReportInput input{&bench.protocol, &without_forward(), &bench.records, {}};
  for (auto* render : {&render_markdown, &render_json})
    CHECK_THAT((*render)({input}).begin()->second, Contains(remark));
}

TEST_CASE("a baseline's class goes before the one with most seeds; what it lacks comes from the next",
          "[reports][classes]") {
  Bench bench;
  add(bench, kHere, "a", made_result({900}));
  add(bench, kHere, "b", made_result({910}));
  add(bench, kThere, "a", made_result({500}));
  const auto snapshot = snapshot_with(bench, {class_digest(kThere)});
  const auto& cell = snapshot.cells.at("small/ce/0.2");
  CHECK(cell.seeds.at("a").percent == 50);
  CHECK(cell.seeds.at("a").determinism_class == class_digest(kThere));
  CHECK(cell.seeds.at("b").percent == 91);
  CHECK_THAT(cell.remark,
             Contains(class_digest(kThere) + " counts for 1") && Contains(class_digest(kHere) + " counts for 1"));
  // an update stores the chains of every class that was measured
  CHECK(snapshot.classes.at(class_digest(kHere)).chains.size() == 2);
  CHECK(snapshot.classes.at(class_digest(kThere)).chains.size() == 1);
  CHECK(snapshot_with(bench, {}).cells.at("small/ce/0.2").seeds.at("a").percent == 90);
}

TEST_CASE("a trial that ended well in any class goes before one that failed", "[reports][classes]") {
  Bench bench;
  add(bench, kHere, "a", made_result({900}));
  add(bench, kHere, "b", made_failure("the loss is NaN", 3));
  add(bench, kThere, "b", made_result({500}));
  CHECK(values_of(bench) == std::vector<double>{90, 50});
}

TEST_CASE("a cell whose trials come from two machines, each once, says so", "[reports][classes]") {
  Bench bench;
  add(bench, kHere, "a", made_result({900}));
  add(bench, kThere, "b", made_result({500}));
  CHECK(values_of(bench) == std::vector<double>{90, 50});
  std::vector<std::string> classes = {class_digest(kHere), class_digest(kThere)};
  std::sort(classes.begin(), classes.end());
  CHECK(class_remarks(bench.records, bench.table()) ==
        std::vector<std::string>{"1 cell holds trials of several determinism classes, none measured twice: " +
                                 classes[0] + " has 1 trial, " + classes[1] + " has 1 trial"});
  CHECK(snapshot_with(bench, {}).cells.at("small/ce/0.2").remark == "of several determinism classes " + classes[0] +
                                                                        " counts for 1, " + classes[1] +
                                                                        " counts for 1 of its 2 trials");
}

TEST_CASE("a cell of one machine's records has nothing to choose and nothing to say", "[reports][classes]") {
  Bench bench;
  add(bench, kHere, "a", made_result({900}));
  add(bench, kHere, "b", made_result({500}));
  CHECK(class_remarks(bench.records, bench.table()).empty());
  CHECK(snapshot_with(bench, {}).cells.at("small/ce/0.2").remark.empty());
}
