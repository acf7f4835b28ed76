#include <catch2/catch.hpp>
#include <fstream>

#include "results/store.h"
#include "tests/cli/program.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;

namespace {

/// Looks at 3 and 5 of 6 seeds. Measured 52.1, 52.2, ... percent by seed: row near (published 52.3) is decided at the
/// second look, row far (published 30) at the first, row open has nothing to decide.
void write_looks(Workplace& place) {
  place.with("FAKE_SPREAD", "1").write_protocol("small", 6);
  auto json = Json::parse(text_of(place / "protocols/small.json"));
  json["seed_looks"] = {3, 5};
  json["tolerance"]["points"] = 0.8;
  Json rows = Json::array();
  for (const auto& [id, q, value] : {std::tuple{"near", 0.6, "52.3"}, {"far", 0.7, "30.0"}, {"open", 0.8, ""}}) {
    Json row = {{"id", id}, {"title", id}, {"method", "gce"}, {"options", {{"q", q}}}, {"source", "ours"}};
    if (*value != '\0')
      row["published"] = {{{"rule", "last"}, {"kind", "repo"}, {"source", "s"}, {"values", {{"0.4", value}}}}};
    rows.push_back(row);
  }
  json["groups"][0]["rows"] = rows;
  std::ofstream(place / "protocols/small.json") << json.dump(1);
}

std::map<std::string, int> seeds_by_row(const RecordIndex& records) {
  std::map<std::string, int> seeds;
  for (const auto& [trial, list] : records.by_trial) ++seeds[list.front().use.row];
  return seeds;
}

}  // namespace

TEST_CASE("until decided, a run looks at the listed counts and goes on where a verdict is open", "[cli][looks]") {
  Workplace place;
  write_looks(place);
  place.with("FAKE_STARTS", (place / "starts").string());
  const auto run = place.run({"run", "small", "--until-decided"});
  CAPTURE(run.err, run.out);
  CHECK(run.code == 0);
  CHECK_THAT(run.out, Contains("look at 3 seeds: 1 row and setting is still open") &&
                          Contains("look at 5 seeds: 0 rows and settings are still open"));
  const auto records = read_records({place / "results"}, Store(place / "results", false).trial_ids());
  CHECK(seeds_by_row(records) == std::map<std::string, int>{{"near", 5}, {"far", 3}, {"open", 3}});
  for (const auto& [trial, list] : records.by_trial) CHECK(list.front().looks == std::vector<int>{3, 5});
  const auto starts = lines_of(place / "starts").size();
  CHECK(starts == 11);
  CHECK(place.run({"run", "small", "--until-decided"}).code == 0);
  CHECK(lines_of(place / "starts").size() == starts);
  const auto page = place.run({"report", "small", "--out", "pages", "--format", "markdown"});
  CHECK(page.code == 0);
  CHECK_THAT(text_of(place / "pages/small.md"), Contains("Of 2 published values 2 are measured: 1 match, 1 better"));
}

TEST_CASE("until decided needs looks, and all seeds of one machine", "[cli][looks]") {
  Workplace place;
  write_looks(place);
  place.write_protocol("plain", 2);
  const auto shard = place.run({"run", "small", "--until-decided", "--shard", "1/2"});
  CHECK(shard.code == 2);
  CHECK_THAT(shard.err, Contains("--until-decided with --shard"));
  CHECK(place.run({"run", "small", "--until-decided", "--seed", "1"}).code == 2);
  const auto plain = place.run({"run", "plain", "--until-decided"});
  CHECK(plain.code == 2);
  CHECK_THAT(plain.err, Contains("plain lists no \"seed_looks\""));
}

TEST_CASE("an interrupted look goes on with the same command", "[cli][looks]") {
  Workplace place;
  write_looks(place);
  place.with("FAKE_SCRIPT", "2:environment");
  CHECK(place.run({"run", "small", "--until-decided"}).code == 5);
  place.with("FAKE_SCRIPT", "");
  CHECK(place.run({"run", "small", "--until-decided"}).code == 0);
  CHECK(Store(place / "results", false).trial_ids().size() == 11);
}
