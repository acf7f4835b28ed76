#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/cli/program.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;

TEST_CASE("run measures every trial once; typed again it starts nothing", "[cli][run]") {
  Workplace place;
  place.write_protocol("small", 3);
  const auto first = place.run({"run", "--protocol", "small"});
  CAPTURE(first.err);
  CHECK(first.code == 0);
  CHECK_THAT(first.out, Contains("3 trials done (3 in this run), 0 failed, 0 skipped"));
  CHECK_THAT(first.err, Contains("small: 3 trials, 3 to run; about"));
  CHECK_THAT(first.err, Contains("a guess from the nets' multiply-adds"));
  const auto records = records_in(place / "results");
  CHECK(records.size() == 3);
  for (const auto& [id, result] : records) {
    CHECK(result["status"] == "ok");
    CHECK(std::filesystem::exists(place / "results" / ".state" / id / "log.txt"));
    CHECK_FALSE(std::filesystem::exists(place / "results" / ".state" / id / "checkpoint"));
  }
  const auto second = place.run({"run", "small"});
  CHECK(second.code == 0);
  CHECK_THAT(second.err, Contains("small: 3 trials, 3 done, 0 to run"));
  CHECK(lines_of(place / "starts").size() == 3);
}

TEST_CASE("the log of a trial holds what the worker wrote to standard error", "[cli][run]") {
  Workplace place;
  place.write_protocol("small", 1);
  REQUIRE(place.run({"run", "small"}).code == 0);
  const auto id = records_in(place / "results").begin()->first;
  CHECK_THAT(text_of(place / "results" / ".state" / id / "log.txt"), Contains("fake worker trains " + id));
}

TEST_CASE("a trial that fails by itself is stored, told by exit 1, and run again only with --retry-failed",
          "[cli][run]") {
  Workplace place;
  place.write_protocol("small", 3);
  place.with("FAKE_SCRIPT", "2:fail");
  const auto first = place.run({"run", "small"});
  CHECK(first.code == 1);
  CHECK_THAT(first.err, Contains("epoch 1: loss is not finite; log: results/.state/"));
  CHECK(records_in(place / "results").size() == 3);
  const auto second = place.run({"run", "small"});
  CHECK(second.code == 1);
  CHECK_THAT(second.err, Contains("1 failed earlier (--retry-failed runs them again), 0 to run"));
  place.with("FAKE_SCRIPT", "");
  const auto third = place.run({"run", "small", "--retry-failed"});
  CHECK(third.code == 0);
  CHECK(records_in(place / "results").size() == 4);
  CHECK(lines_of(place / "starts").size() == 4);
}

TEST_CASE("--stop-on-failure leaves the rest of the plan", "[cli][run]") {
  Workplace place;
  place.write_protocol("small", 5);
  place.with("FAKE_SCRIPT", "1:fail");
  const auto outcome = place.run({"run", "small", "--jobs", "1", "--stop-on-failure"});
  CHECK(outcome.code == 1);
  CHECK(lines_of(place / "starts").size() == 1);
  CHECK_THAT(outcome.out, Contains("4 left"));
}

TEST_CASE("a trial that returns or whose worker dies is tried once more, alone, after the others", "[cli][run]") {
  const auto act = GENERATE(values<std::string>({"die_once", "environment_once", "internal_once", "garbage"}));
  CAPTURE(act);
  Workplace place;
  place.write_protocol("small", 4);
  place.with("FAKE_SCRIPT", "1:" + act);
  const auto outcome = place.run({"run", "small", "--jobs", "2"});
  CAPTURE(outcome.err);
  const bool ends_well = act != "garbage";
  CHECK(outcome.code == (ends_well ? 0 : 5));
  CHECK_THAT(outcome.err, Contains("it will be tried once more, alone"));
  const auto starts = lines_of(place / "starts");
  CHECK(starts.size() == 5);
  CHECK(std::count(starts.begin(), starts.end(), starts.back()) == 2);
  CHECK(records_in(place / "results").size() == (ends_well ? 4 : 3));
}

TEST_CASE("a trial that cannot run alone either ends the run with exit 5; nothing stored is lost", "[cli][run]") {
  const auto act = GENERATE(values<std::string>({"die", "environment"}));
  CAPTURE(act);
  Workplace place;
  place.write_protocol("small", 3);
  place.with("FAKE_SCRIPT", "2:" + act);
  const auto outcome = place.run({"run", "small"});
  CHECK(outcome.code == 5);
  CHECK_THAT(outcome.err, Contains("error: small/main ce 0.4 seed 2"));
  CHECK_THAT(outcome.err, Contains("could not run, alone either: "));
  CHECK_THAT(outcome.err, Contains(act == "die" ? "killed by signal 9" : "told to return"));
  CHECK(records_in(place / "results").size() == 2);
}

TEST_CASE("when every trial returns, the run gives up after a few instead of trying all", "[cli][run]") {
  Workplace place;
  place.write_protocol("small", 50);
  place.with("FAKE_SCRIPT", "*:environment");
  CHECK(place.run({"run", "small", "--jobs", "2"}).code == 5);
  CHECK(lines_of(place / "starts").size() <= 6);
}

TEST_CASE("missing data skip trials: exit 1 beside others, 4 when nothing else is left", "[cli][run]") {
  Workplace place;
  place.write_protocol("small", 2);
  place.write_protocol("digits", 2, 2, "mnist");
  const auto alone = place.run({"run", "digits"});
  CHECK(alone.code == 4);
  CHECK_THAT(alone.err, Contains("train-images-idx3-ubyte: not there"));
  CHECK_THAT(alone.err, Contains("or name its folder with --data"));
  const auto both = place.run({"run", "small", "digits"});
  CHECK(both.code == 1);
  CHECK_THAT(both.out, Contains("2 trials done (2 in this run), 0 failed, 2 skipped"));
  place.write_protocol("later", 1, 3);
  place.with("FAKE_SCRIPT", "1:missing_data");
  CHECK(place.run({"run", "later"}).code == 4);
  CHECK(records_in(place / "results").size() == 2);
}

TEST_CASE("a data file of the wrong size is exit 2, before anything runs", "[cli][run]") {
  Workplace place;
  place.write_protocol("digits", 1, 2, "mnist");
  std::filesystem::create_directories(place / "data" / "mnist");
  std::filesystem::create_directories(place / "data" / "MNIST" / "raw");
  std::ofstream(place / "data" / "MNIST" / "raw" / "train-images-idx3-ubyte") << "short";
  const auto outcome = place.run({"run", "digits"});
  CHECK(outcome.code == 2);
  CHECK_THAT(outcome.err, Contains("5 bytes, expected"));
}

TEST_CASE("a worker that refuses its input is exit 2", "[cli][run]") {
  Workplace place;
  place.write_protocol("small", 2);
  place.with("FAKE_SCRIPT", "1:input");
  CHECK(place.run({"run", "small"}).code == 2);
  CHECK(records_in(place / "results").size() == 1);
}

TEST_CASE("real errors end in exit 5 and a sentence that says what to do", "[cli][run]") {
  Workplace place;
  place.write_protocol("small", 2);
  SECTION("unwritable results folder") {
    std::ofstream(place / "file") << "x";
    const auto outcome = place.run({"run", "small", "--results", "file/results"});
    CHECK(outcome.code == 5);
    CHECK_THAT(outcome.err, Contains("cannot write to the results folder file/results"));
  }
  SECTION("full disk while storing a record") {
    place.with("NLB_FAULT", "ENOSPC:write:1");
    const auto outcome = place.run({"run", "small", "--jobs", "1"});
    CHECK(outcome.code == 5);
    CHECK_THAT(outcome.err, Contains("No space left on device"));
    CHECK_THAT(outcome.err, Contains("free some space or choose another --results folder"));
    CHECK(records_in(place / "results").empty());
    place.with("NLB_FAULT", "");
    CHECK(place.run({"run", "small"}).code == 0);
    CHECK(records_in(place / "results").size() == 2);
  }
  SECTION("no such device") {
    const auto outcome = place.run({"run", "small", "--device", "cuda:0"});
    CHECK(outcome.code == 5);
    CHECK_THAT(outcome.err, Contains("no CUDA device: this worker was built without CUDA"));
  }
  SECTION("no worker") {
    place.with("NLBENCH_WORKER", "/nowhere/worker");
    const auto outcome = place.run({"run", "small"});
    CHECK(outcome.code == 5);
    CHECK_THAT(outcome.err, Contains("NLBENCH_WORKER names /nowhere/worker, which is not a program"));
  }
}

TEST_CASE("a broken record is exit 2 and named, and the run starts nothing", "[cli][run]") {
  Workplace place;
  place.write_protocol("small", 1);
  REQUIRE(place.run({"run", "small"}).code == 0);
  const auto folder = place / "results" / records_in(place / "results").begin()->first;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().string().ends_with(".curves.json")) continue;
    std::filesystem::resize_file(file.path(), 100);
  }
  const auto outcome = place.run({"run", "small"});
  CHECK(outcome.code == 2);
  CHECK_THAT(outcome.err, Contains("it was changed or cut off"));
}

TEST_CASE("shards share a plan without overlap", "[cli][run]") {
  Workplace place;
  place.write_protocol("small", 7);
  for (const char* shard : {"1/3", "2/3", "3/3"})
    REQUIRE(place.run({"run", "small", "--shard", shard, "--results", shard[0] + std::string("x")}).code == 0);
  const auto starts = lines_of(place / "starts");
  CHECK(starts.size() == 7);
  CHECK(std::set<std::string>(starts.begin(), starts.end()).size() == 7);
}

TEST_CASE("a dry run names the trials and starts nothing", "[cli][run]") {
  Workplace place;
  place.write_protocol("small", 2);
  const auto outcome = place.run({"run", "small", "--dry-run"});
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, Contains("run\tsmall/main ce 0.4 seed 1 ("));
  CHECK(lines_of(place / "starts").empty());
  CHECK_FALSE(std::filesystem::exists(place / "results"));
}

TEST_CASE("not on a terminal there is one plain line per event; the JSON log has the same events", "[cli][run]") {
  Workplace place;
  place.write_protocol("small", 1, 2);
  const auto outcome = place.run({"run", "small", "--log-json", "events.json"});
  CHECK_THAT(outcome.err, Contains("start    ") && Contains("epoch 1/2, test 51.00 %") && Contains("ok       "));
  CHECK_THAT(outcome.err, !Contains("\x1b"));
  std::vector<std::string> events;
  for (const auto& line : lines_of(place / "events.json")) events.push_back(Json::parse(line)["event"]);
  CHECK(events == std::vector<std::string>{"plan", "started", "evaluated", "evaluated", "ok"});
  place.write_protocol("other", 1, 3);
  CHECK(place.run({"run", "other", "--quiet"}).err.empty());
}

TEST_CASE("a plan of more than a day names the smoke twin, where there is one", "[cli][run]") {
  Workplace place;
  place.write_protocol("small", 1, 30'000'000);
  const auto file = place / "protocols" / "small.json";
  auto protocol = Json::parse(text_of(file));
  protocol["smoke_twin"] = "small_smoke";
  std::ofstream(file) << protocol;
  place.with("FAKE_EPOCH_MS", "100");
  CHECK_THAT(place.run({"run", "small", "--max-time", "0.3s"}).err,
             !Contains("more than a day; minutes"));  // on no shelf
  place.write_protocol("small_smoke", 1);
  const auto outcome = place.run({"run", "small", "--max-time", "0.3s", "--results", "my results"});
  CHECK(outcome.code == 130);
  CHECK_THAT(outcome.err,
             Contains("more than a day; minutes: nlbench run --protocol small_smoke --results 'my results'\n"));
}
