#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "tests/cli/program.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;

namespace {

std::map<std::string, std::string> chains_in(const std::filesystem::path& results) {
  std::map<std::string, std::string> chains;
  for (const auto& [id, result] : records_in(results))
    chains[id] = result["state_chain"].get<std::string>() + result["count_chain"].get<std::string>();
  return chains;
}

}  // namespace

TEST_CASE("interrupted runs exit 130, and the same command goes on to the same chains", "[cli][signals]") {
  const int number = GENERATE(SIGINT, SIGTERM);
  Workplace place;
  place.write_protocol("small", 4, 20);
  place.with("FAKE_EPOCH_MS", "10");
  REQUIRE(place.run({"run", "small", "--results", "whole"}).code == 0);
  auto running = place.start({"run", "small"});
  REQUIRE(eventually([&] { return lines_of(place / "starts").size() >= 6; }));
  running.signal(number);
  const auto outcome = running.wait();
  CHECK(outcome.code == 130);
  CHECK_THAT(outcome.err, Contains("stopped") && Contains("; the same command goes on"));
  CHECK_THAT(outcome.out, Contains(" left: the same command goes on"));
  CHECK(place.run({"run", "small"}).code == 0);
  CHECK(chains_in(place / "results") == chains_in(place / "whole"));
}

TEST_CASE("--max-time stops in order", "[cli][signals]") {
  Workplace place;
  place.write_protocol("small", 2, 100);
  place.with("FAKE_EPOCH_MS", "20");
  const auto outcome = place.run({"run", "small", "--max-time", "0.3s"});
  CHECK(outcome.code == 130);
  CHECK_THAT(outcome.err, Contains("--max-time is over"));
  place.with("FAKE_EPOCH_MS", "1");
  CHECK(place.run({"run", "small", "--max-time", "1h"}).code == 0);
}

TEST_CASE("a second signal does not wait for the end of the epoch", "[cli][signals]") {
  Workplace place;
  place.write_protocol("small", 1);
  place.with("FAKE_SCRIPT", "1:hang");
  auto running = place.start({"run", "small"});
  REQUIRE(eventually([&] { return lines_of(place / "starts").size() == 1; }));
  running.signal(SIGINT);
  ::usleep(300'000);
  running.signal(SIGINT);
  CHECK(running.wait().code == 130);
}

TEST_CASE("kill -9 of nlbench ends its workers and loses at most an epoch", "[cli][signals]") {
  Workplace place;
  place.write_protocol("small", 2, 30);
  place.with("FAKE_EPOCH_MS", "10");
  REQUIRE(place.run({"run", "small", "--results", "whole"}).code == 0);
  {
    auto running = place.start({"run", "small", "--jobs", "2"});
    REQUIRE(eventually([&] { return lines_of(place / "starts").size() == 4; }));
    ::usleep(100'000);
    running.signal(SIGKILL);
    running.wait();
  }
  const auto status = place.run({"status", "small"});
  CHECK_THAT(status.out, Contains("interrupted"));
  const auto outcome = place.run({"run", "small"});
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.err, Contains("goes on after epoch"));
  CHECK(chains_in(place / "results") == chains_in(place / "whole"));
}
