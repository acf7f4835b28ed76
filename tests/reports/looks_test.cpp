#include "reports/judging/looks.h"

#include <catch2/catch.hpp>

#include "bench.h"

using namespace nlb;
using namespace nlb::test;

namespace {

/// Looks at 2 and 3 seeds; gce has published values at 0.2 (91.20) and 0.4 (80) and runs a and b of its own accord.
Json with_looks() {
  auto json = small_protocol();
  json["seed_looks"] = {2, 3};
  return json;
}

void mark(Bench& bench) {
  std::set<std::string> all;
  for (const auto& [trial, list] : bench.records.by_trial) all.insert(trial);
  mark_looks(bench.records, all, bench.protocol.seed_looks);
}

}  // namespace

TEST_CASE("a cell is whole at each look, and its error is split over the looks", "[reports][looks]") {
  Bench bench(with_looks());
  bench.add("gce", "0.2", "a", {905});
  bench.add("gce", "0.2", "b", {915});
  const double once = cell_at(bench.table(), "gce", "0.2").judgements[0].by_rule.at("last").uncertainty;
  mark(bench);
  auto table = bench.table();
  CHECK(cell_at(table, "gce", "0.2").looks == 2);
  CHECK_THAT(cell_at(table, "gce", "0.2").judgements[0].reason,
             Catch::Matchers::Contains("run until decided: 2 looks at most, each with an error of 5 % / 2"));
  CHECK(cell_at(table, "gce", "0.2").state == CellState::measured);
  // one degree of freedom: t(.975) = tan(.475 pi) = 12.706, t(.9875) = tan(.4875 pi) = 25.452; half a unit is .005
  const double twice = cell_at(table, "gce", "0.2").judgements[0].by_rule.at("last").uncertainty;
  CHECK((twice - 0.005) / (once - 0.005) == Approx(25.451699579357068 / 12.706204736174707));
  bench.add("gce", "0.2", "c", {912});  // beyond the row's own two seeds, and not run by --until-decided
  CHECK(cell_at(bench.table(), "gce", "0.2").seeds.size() == 2);
  mark(bench);
  table = bench.table();
  CHECK(cell_at(table, "gce", "0.2").seeds.size() == 3);
  CHECK(cell_at(table, "gce", "0.2").state == CellState::measured);
}

TEST_CASE("between two looks a cell is incomplete", "[reports][looks]") {
  auto json = small_protocol();
  json["seed_looks"] = {3};
  Bench bench(json);
  bench.add("gce", "0.2", "a", {912});
  bench.add("gce", "0.2", "b", {913});
  mark(bench);
  const auto table = bench.table();
  CHECK(cell_at(table, "gce", "0.2").state == CellState::incomplete);
  CHECK(cell_at(table, "gce", "0.2").reason == "2 of 3 trials");
}

TEST_CASE("places stay open where further seeds may decide, and only there", "[reports][looks]") {
  Bench bench(with_looks());
  bench.add("ce", "0.2", "a", {905});  // nothing published
  bench.add("ce", "0.2", "b", {915});
  bench.add("gce", "0.2", "a", {912});  // a match
  bench.add("gce", "0.2", "b", {912});
  bench.add("gce", "0.4", "a",
            {790});  // published without deviation: s is ours, and t * s * sqrt(1 / n + 1) stays above .5
  bench.add("gce", "0.4", "b", {800});
  mark(bench);
  CHECK(open_places(bench.table()).empty());
  Bench open(with_looks());
  open.add("gce", "0.2", "a", {912});
  open.add("gce", "0.2", "b", {913});  // s = .07: more seeds make it a match
  mark(open);
  CHECK(open_places(open.table()) == std::set<Place>{{"small", "first", "gce", "0.2"}});
  open.add("gce", "0.2", "b", made_failure("NaN", 1));
  CHECK(open_places(open.table()).size() == 1);  // the ok record counts
}
