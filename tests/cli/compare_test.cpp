#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/cli/program.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;

namespace {

void measure(Workplace& place, const std::string& results, const std::string& shift) {
  place.with("FAKE_SHIFT", shift);
  REQUIRE(place.run({"run", "small", "--results", results}).code == 0);
}

}  // namespace

TEST_CASE("compare finds no difference in equal folders, and a moved cell at its p", "[cli][compare]") {
  Workplace place;
  place.with("FAKE_SPREAD", "2").write_protocol("small", 5);
  measure(place, "a", "0");
  measure(place, "b", "0");
  const auto same = place.run({"compare", "a", "b"});
  CAPTURE(same.err);
  CHECK(same.code == 0);
  CHECK_THAT(same.out, Contains("1 cell compared, 0 differ at Holm-adjusted p < 0.05"));
  measure(place, "c", "30");
  const auto moved = place.run({"compare", "a", "c"});
  CHECK(moved.code == 3);
  CHECK_THAT(moved.out, Contains("+3.00") && Contains("DIFFERS") && Contains("<.0001"));
  CHECK(place.run({"compare", "a", "c", "--alpha", "0"}).code == 0);
  const auto json = Json::parse(place.run({"compare", "a", "c", "--format", "json"}).out);
  REQUIRE(json["cells"].size() == 1);
  CHECK(json["cells"][0]["cell"] == "small/ce/0.4");
  CHECK(json["cells"][0]["move"].get<double>() == Approx(3.0));
  CHECK(json["cells"][0]["seeds"] == 5);
}

TEST_CASE("compare without anything in common is exit 4, without a folder 2", "[cli][compare]") {
  Workplace place;
  place.write_protocol("small", 2);
  measure(place, "a", "0");
  std::filesystem::create_directories(place / "empty");
  const auto nothing = place.run({"compare", "a", "empty"});
  CHECK(nothing.code == 4);
  CHECK_THAT(nothing.out, Contains("only in the first: not run"));
  CHECK_THAT(nothing.err, Contains("nothing could be compared"));
  CHECK(place.run({"compare", "empty", "a"}).code == 4);
  CHECK(place.run({"compare", "a", "nowhere"}).code == 2);
  CHECK(place.run({"compare", "a"}).code == 2);
  const auto wrong = place.run({"compare", "a", "a", "--rule", "lats"});
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.err, Contains("nearest is \"last\""));
}
