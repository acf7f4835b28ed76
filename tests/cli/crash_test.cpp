#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <random>

#include "core/durable.h"
#include "tests/cli/program.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

using Chains = std::map<std::string, std::string>;

Chains chains_in(const fs::path& results) {
  Chains chains;
  for (const auto& [id, result] : records_in(results)) {
    chains[id] = result["state_chain"].get<std::string>() + result["count_chain"].get<std::string>();
  }
  return chains;
}

/// The mini protocol with the worker that was built beside nlbench; false where there is none.
bool use_real_worker(Workplace& place) {
  const auto worker = fs::path(NLB_BINARY_DIR) / "bin" / "nlbench-worker";
  if (!fs::exists(worker)) return false;
  place.with("NLBENCH_WORKER", worker.string());
  fs::copy_file(fs::path(NLB_SOURCE_DIR) / "protocols" / "mini.json", place / "protocols" / "mini.json");
  return true;
}

/// Kills nlbench at random moments of `words`, then lets the same command end.
void run_with_kills(const Workplace& place, const std::vector<std::string>& words, int kills, int longest_ms) {
  std::minstd_rand random(1);
  for (int kill = 0; kill < kills; ++kill) {
    auto running = place.start(words);
    ::usleep(1000 * (50 + static_cast<unsigned>(random()) % static_cast<unsigned>(longest_ms)));
    running.signal(SIGKILL);
    running.wait();
  }
  const auto outcome = place.run(words);
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
}

}  // namespace

TEST_CASE("nlbench crashing at any point of storing loses no record; the same command goes on", "[cli][crash]") {
  const auto point = GENERATE(from_range(durable_points()));
  const int arrival = GENERATE(1, 2, 3);
  CAPTURE(point, arrival);
  Workplace place;
  place.write_protocol("small", 3);
  place.with("NLB_FAULT", "crash:" + point + ":" + std::to_string(arrival));
  CHECK(place.run({"run", "small", "--jobs", "1"}).code == 1000 + SIGABRT);
  const auto stored = records_in(place / "results");
  place.with("NLB_FAULT", "");
  const auto outcome = place.run({"run", "small"});
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  const auto all = records_in(place / "results");
  CHECK(all.size() == 3);
  for (const auto& [id, result] : stored) CHECK(all.find(id)->second == result);
}

TEST_CASE("a full disk or an I/O error at any write of storing is exit 5; the same command goes on", "[cli][crash]") {
  const auto error = GENERATE(values<std::string>({"ENOSPC", "EIO"}));
  const auto point = GENERATE(values<std::string>({"open", "write", "sync", "close", "rename"}));
  const int arrival = GENERATE(1, 2);  // the curves, the record
  CAPTURE(error, point, arrival);
  Workplace place;
  place.write_protocol("small", 2);
  place.with("NLB_FAULT", error + ":" + point + ":" + std::to_string(arrival));
  const auto outcome = place.run({"run", "small", "--jobs", "1"});
  CHECK(outcome.code == 5);
  CHECK_THAT(outcome.err, Contains(error == "EIO" ? "Input/output error" : "No space left on device"));
  place.with("NLB_FAULT", "");
  CHECK(place.run({"run", "small"}).code == 0);
  CHECK(records_in(place / "results").size() == 2);
}

TEST_CASE("trained for real: one job, three jobs, SIGTERM and kill -9 give equal chains", "[cli][crash][worker]") {
  Workplace place;
  if (!use_real_worker(place)) {
    WARN("skipped: no nlbench-worker in this build");
    return;
  }
  const std::vector<std::string> words = {"run", "mini", "--quiet", "--noise", "inclusive/0.4", "--seed", "1"};
  const auto in = [&](const std::string& folder, const std::string& jobs) {
    auto all = words;
    all.insert(all.end(), {"--results", folder, "--jobs", jobs});
    return all;
  };
  REQUIRE(place.run(in("whole", "1")).code == 0);
  const auto whole = chains_in(place / "whole");
  const auto mini = Json::parse(read_file(place / "protocols" / "mini.json"));
  CHECK(whole.size() == mini["groups"][0]["rows"].size());
  CHECK(place.run(in("three", "3")).code == 0);
  CHECK(chains_in(place / "three") == whole);
  {
    auto running = place.start(in("stopped", "2"));
    eventually([&] { return !records_in(place / "stopped").empty(); });
    running.signal(SIGTERM);
    CHECK(running.wait().code % 130 == 0);  // 0 where it was over before
  }
  CHECK(place.run(in("stopped", "2")).code == 0);
  CHECK(chains_in(place / "stopped") == whole);
  run_with_kills(place, in("killed", "2"), 3, 1500);
  CHECK(chains_in(place / "killed") == whole);
}

TEST_CASE("trained for real: 30 kills over a plan of mixed trials give equal chains", "[cli][crash][worker][slow]") {
  Workplace place;
  REQUIRE(use_real_worker(place));
  REQUIRE(place.run({"run", "mini", "--quiet", "--results", "whole"}).code == 0);
  run_with_kills(place, {"run", "mini", "--quiet"}, 30, 2500);
  CHECK(chains_in(place / "results") == chains_in(place / "whole"));
}
