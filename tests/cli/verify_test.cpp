#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/cli/program.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;

namespace {

/// One trial of ten epochs, measured; its id.
std::string measured(Workplace& place) {
  place.write_protocol("small", 1, 10);
  REQUIRE(place.run({"run", "small"}).code == 0);
  return records_in(place / "results").begin()->first;
}

}  // namespace

TEST_CASE("verify compares chains where the class is equal, and stores nothing", "[cli][verify]") {
  Workplace place;
  const auto id = measured(place);
  const auto same = place.run({"verify", id.substr(0, 6)});
  CAPTURE(same.err);
  CHECK(same.code == 0);
  CHECK_THAT(same.out, Contains("small/main ce 0.4 seed 1: same chains (state "));
  place.with("FAKE_CHAIN", "other");
  const auto other = place.run({"verify", id});
  CHECK(other.code == 3);
  CHECK_THAT(other.out, Contains("DIFFERS: state chain "));
  CHECK(records_in(place / "results").size() == 1);
}

TEST_CASE("verify compares accuracies where the class differs, and says in what", "[cli][verify]") {
  Workplace place;
  const auto id = measured(place);
  place.with("FAKE_ISA", "avx512").with("FAKE_CHAIN", "other").with("FAKE_SHIFT", "3");
  const auto near = place.run({"verify", id});
  CHECK(near.code == 0);
  CHECK_THAT(
      near.out,
      Contains(
          "chains not compared: class differs in isa; test accuracy after epoch 10: 60.00 % recorded, 60.30 % now"));
  place.with("FAKE_SHIFT", "200");
  const auto far = place.run({"verify", id});
  CHECK(far.code == 3);
  CHECK_THAT(far.out, Contains("DIFFERS") && Contains("points apart"));
}

TEST_CASE("verify --epochs runs a part and compares counts", "[cli][verify]") {
  Workplace place;
  const auto id = measured(place);
  const auto same = place.run({"verify", id, "--epochs", "3"});
  CHECK(same.code == 0);
  CHECK_THAT(same.out, Contains("same numbers of right test images at each evaluation up to epoch 3"));
  place.with("FAKE_SHIFT", "1");
  CHECK(place.run({"verify", id, "--epochs", "3"}).code == 3);
  place.with("FAKE_SHIFT", "0");
  CHECK_THAT(place.run({"verify", id, "--epochs", "10"}).out, Contains("same chains"));
}

TEST_CASE("verify --sample draws among the records; without any it is exit 4", "[cli][verify]") {
  Workplace place;
  CHECK(place.run({"verify", "--sample", "2"}).code == 4);
  place.write_protocol("small", 6);
  REQUIRE(place.run({"run", "small"}).code == 0);
  const auto first = place.run({"verify", "--sample", "2:1", "--quiet"}),
             again = place.run({"verify", "--sample", "2:1", "--quiet"});
  CHECK(first.code == 0);
  CHECK(first.out == again.out);
  CHECK(std::count(first.out.begin(), first.out.end(), '\n') == 2);
}

TEST_CASE("verify refuses ids that are short, unknown or missing", "[cli][verify]") {
  Workplace place;
  const auto id = measured(place);
  CHECK_THAT(place.run({"verify", id.substr(0, 5)}).err, Contains("give at least 6 digits"));
  const auto unknown = place.run({"verify", "ffffff0"});
  CHECK(unknown.code == 2);
  CHECK_THAT(unknown.err, Contains("has no record here"));
  CHECK(place.run({"verify"}).code == 2);
}

TEST_CASE("a trial recorded as failed must fail again in the same epoch", "[cli][verify]") {
  Workplace place;
  place.write_protocol("small", 1);
  place.with("FAKE_SCRIPT", "1:fail");
  REQUIRE(place.run({"run", "small"}).code == 1);
  const auto id = records_in(place / "results").begin()->first;
  CHECK(place.run({"verify", id}).code == 0);
  place.with("FAKE_SCRIPT", "");
  CHECK(place.run({"verify", id}).code == 3);
}
