#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/cli/program.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;

namespace {

Json counts(const Workplace& place, const std::vector<std::string>& protocols) {
  std::vector<std::string> words = {"status", "--format", "json"};
  words.insert(words.end(), protocols.begin(), protocols.end());
  const auto outcome = place.run(words);
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  return Json::parse(outcome.out);
}

}  // namespace

TEST_CASE("status counts each state and reads only", "[cli][status]") {
  Workplace place;
  place.write_protocol("small", 4);
  place.write_protocol("digits", 2, 2, "mnist");
  auto json = counts(place, {"small", "digits"});
  CHECK(json["counts"] ==
        Json{{"done", 0}, {"failed", 0}, {"interrupted", 0}, {"open", 4}, {"running", 0}, {"skipped", 2}});
  CHECK(json["seconds_left"] > 0);
  CHECK_FALSE(std::filesystem::exists(place / "results"));

  place.with("FAKE_SCRIPT", "2:fail,3:hang");
  auto running = place.start({"run", "small", "--jobs", "4"});
  REQUIRE(
      eventually([&] { return records_in(place / "results").size() == 3 && lines_of(place / "starts").size() == 4; }));
  json = counts(place, {"small"});
  CHECK(json["counts"] ==
        Json{{"done", 2}, {"failed", 1}, {"interrupted", 0}, {"open", 0}, {"running", 1}, {"skipped", 0}});
  const auto text = place.run({"status", "small"});
  CHECK_THAT(text.out,
             Contains("4 trials") && Contains("failed: small/main ce 0.4 seed 2") && Contains("loss is not finite"));
  CHECK_THAT(text.out, Contains("running: small/main ce 0.4 seed 3"));
}

TEST_CASE("trials that the plan no longer names are outdated", "[cli][status]") {
  Workplace place;
  place.write_protocol("small", 3);
  REQUIRE(place.run({"run", "small"}).code == 0);
  place.write_protocol("small", 3, 3);
  const auto json = counts(place, {"small"});
  CHECK(json["outdated"].size() == 3);
  CHECK(json["counts"]["open"] == 3);
  CHECK_THAT(place.run({"status", "small"}).out, Contains("outdated     3"));
}
