// Which rows `nlbench recommend` names, on counts made by hand.
#include "reports/judging/advice.h"

#include <catch2/catch.hpp>
#include <vector>

#include "bench.h"
#include "shelf.h"

using namespace nlb;
using namespace nlb::test;

namespace {

/// small_protocol() with three rows on its settings 0.2 and 0.4, nothing printed.
Json three_rows() {
  auto json = small_protocol();
  auto& group = json["groups"][0];
  auto row = group["rows"][1];
  row.erase("published");
  group["rows"] = Json::array();
  for (int i = 1; i <= 3; ++i) {
    row["id"] = "q" + std::to_string(i);
    row["options"]["q"] = i / 10.0;
    row["seeds"] = 3;
    group["rows"].push_back(row);
  }
  return json;
}

void add(Bench& bench, const std::string& row, const std::string& setting, const std::vector<int64_t>& correct) {
  const std::string names = "abc";
  for (size_t i = 0; i < correct.size(); ++i) bench.add(row, setting, names.substr(i, 1), {correct[i]});
}

double one_minute(const Table&, const Group&, const Row&) { return 60; }

}  // namespace

TEST_CASE("a kind of noise is a generator, words of its name, or human", "[reports][advice]") {
  CHECK(is_of_kind({.generator = "symmetric_exclusive", .rate = 0.4}, "symmetric"));
  CHECK(is_of_kind({.generator = "symmetric_exclusive", .rate = 0.4}, "symmetric_exclusive"));
  CHECK_FALSE(is_of_kind({.generator = "cifar10_asymmetric", .rate = 0.4}, "symmetric"));
  CHECK(is_of_kind({.generator = "cifar10_asymmetric", .rate = 0.4}, "asymmetric"));
  CHECK(is_of_kind({.generator = "pair_flip", .rate = 0.4}, "pair"));
  CHECK(is_of_kind({.generator = "label_file", .rate = 0.4, .options = {{"file", "cifar-n/CIFAR-10_human.pt"}}},
                   "human"));
  CHECK_FALSE(is_of_kind({.generator = "label_file", .rate = 0.4, .options = {{"file", "mine/labels.npy"}}}, "human"));
}

TEST_CASE("the nearest column is taken, and what ties with its best row", "[reports][advice]") {
  Bench bench(three_rows());
  add(bench, "q1", "0.2", {950, 951, 949});
  add(bench, "q2", "0.2", {951, 950, 950});
  add(bench, "q3", "0.2", {900, 902, 901});
  add(bench, "q1", "0.4", {800, 801, 799});
  add(bench, "q2", "0.4", {700, 702, 701});
  const auto table = bench.table();
  const auto kind = table.protocol->groups[0].settings[0].noise.generator;
  const auto near = advise({&table}, {.kind = kind, .rate = 0.25}, one_minute, 3);
  REQUIRE(near.size() == 1);
  CHECK(near[0].column->id == "0.2");
  REQUIRE(near[0].rows.size() == 3);
  CHECK(near[0].rows[0].cell->row->id == "q2");
  CHECK(near[0].rows[0].best);
  CHECK(near[0].rows[1].best);
  CHECK_FALSE(near[0].rows[2].best);
  CHECK(near[0].seeds == 3);
  CHECK(near[0].tested());
  const auto far = advise({&table}, {.kind = kind, .rate = 0.9}, one_minute, 3);
  REQUIRE(far.size() == 1);
  CHECK(far[0].column->id == "0.4");
  CHECK(advise({&table}, {.kind = "human", .rate = 0.2}, one_minute, 3).empty());
}

TEST_CASE("what costs more than the budget is set apart, and the best of the rest is named", "[reports][advice]") {
  Bench bench(three_rows());
  add(bench, "q1", "0.2", {950, 951, 949});
  add(bench, "q2", "0.2", {930, 931, 930});
  add(bench, "q3", "0.2", {900, 902, 901});
  const auto table = bench.table();
  const auto kind = table.protocol->groups[0].settings[0].noise.generator;
  const auto seconds = [](const Table&, const Group&, const Row& row) { return row.id == "q1" ? 600.0 : 60.0; };
  const auto found = advise({&table}, {.kind = kind, .rate = 0.2, .seconds = 100}, seconds, 3);
  REQUIRE(found.size() == 1);
  REQUIRE(found[0].rows.size() == 2);
  CHECK(found[0].rows[0].cell->row->id == "q2");
  CHECK(found[0].rows[0].best);
  CHECK_FALSE(found[0].rows[1].best);
  REQUIRE(found[0].too_costly.size() == 1);
  CHECK(found[0].too_costly[0].cell->row->id == "q1");
}

TEST_CASE("tables of tests are no advice", "[reports][advice]") {
  auto json = three_rows();
  json["kind"] = "mini";
  Bench bench(json);
  add(bench, "q1", "0.2", {950, 951, 949});
  add(bench, "q2", "0.2", {951, 950, 950});
  const auto table = bench.table();
  const auto kind = table.protocol->groups[0].settings[0].noise.generator;
  CHECK(advise({&table}, {.kind = kind, .rate = 0.2}, one_minute, 3).empty());
}
