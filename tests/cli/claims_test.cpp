#include <catch2/catch.hpp>
#include <csignal>
#include <set>

#include "tests/cli/program.h"

using namespace nlb;
using namespace nlb::test;

namespace {

/// Four processes on one folder: every trial starts once, all exit 0, every trial has one record.
void race(int trials, const char* epoch_ms) {
  Workplace place;
  place.write_protocol("many", trials, 1);
  place.with("FAKE_EPOCH_MS", epoch_ms);
  std::vector<Workplace::Running> running;
  for (int i = 0; i < 4; ++i) running.push_back(place.start({"run", "many", "--quiet", "--jobs", "2"}));
  for (auto& one : running) {
    const auto outcome = one.wait();
    CAPTURE(outcome.err);
    CHECK(outcome.code == 0);
  }
  const auto starts = lines_of(place / "starts");
  CHECK(starts.size() == static_cast<size_t>(trials));
  CHECK(std::set<std::string>(starts.begin(), starts.end()).size() == starts.size());
  CHECK(records_in(place / "results").size() == static_cast<size_t>(trials));
}

}  // namespace

TEST_CASE("four processes on one folder start each trial once", "[cli][claims]") { race(40, "2"); }

TEST_CASE("four processes, 200 trials of 20 ms, again and again: no trial starts twice", "[cli][claims][slow]") {
  for (int repeat = 0; repeat < 50; ++repeat) race(200, "20");
}

TEST_CASE("what a process holds when it is killed, another one takes over", "[cli][claims]") {
  Workplace place;
  place.write_protocol("small", 2, 20);
  place.with("FAKE_SCRIPT", "1:hang");
  auto first = place.start({"run", "small", "--jobs", "1"});
  REQUIRE(eventually([&] { return lines_of(place / "starts").size() == 1; }));
  place.with("FAKE_SCRIPT", "");
  auto second = place.start({"run", "small", "--jobs", "1"});
  REQUIRE(eventually([&] { return records_in(place / "results").size() == 1; }));
  first.signal(SIGKILL);
  CHECK(second.wait().code == 0);
  CHECK(records_in(place / "results").size() == 2);
}
