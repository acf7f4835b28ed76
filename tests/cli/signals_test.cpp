#include "supervise/signals.h"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

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

/// How many checkpoints of the fake worker are of this epoch.
int checkpoints_at(const std::filesystem::path& results, int epoch) {
  int found = 0;
  std::error_code none;
  for (const auto& folder : std::filesystem::directory_iterator(results / ".state", none)) {
    if (text_of(folder.path() / "checkpoint").starts_with(std::to_string(epoch) + " ")) ++found;
  }
  return found;
}

}  // namespace

TEST_CASE("interrupted runs exit 130, and the same command continues to the same chains", "[cli][signals]") {
  const int number = GENERATE(SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU);
  CAPTURE(number);
  std::signal(SIGHUP, SIG_DFL);  // the tests themselves may run under nohup
  Workplace place;
  place.write_protocol("small", 4, 20);
  REQUIRE(place.run({"run", "small", "--results", "whole"}).code == 0);
  place.with("FAKE_PAUSE_AT", "10");
  auto running = place.start({"run", "small", "--jobs", "2"});
  REQUIRE(eventually([&] { return lines_of(place / "starts").size() == 6; }));
  running.signal(number);
  const auto outcome = running.wait();
  place.with("FAKE_PAUSE_AT", "");
  CHECK(outcome.code == 130);
  CHECK_THAT(outcome.err, Contains("stopped") && Contains("; the same command continues"));
  CHECK_THAT(outcome.err, Contains("SIG" + std::string(::sigabbrev_np(number)) + ": stopping: "));
  CHECK_THAT(outcome.out, Contains(" left: the same command continues"));
  CHECK(place.run({"run", "small"}).code == 0);
  CHECK(chains_in(place / "results") == chains_in(place / "whole"));
}

TEST_CASE("--max-time stops in order", "[cli][signals]") {
  Workplace place;
  place.write_protocol("small", 2, 20);
  place.with("FAKE_PAUSE_AT", "10");
  const auto outcome = place.run({"run", "small", "--max-time", "0.3s"});
  CHECK(outcome.code == 130);
  CHECK_THAT(outcome.err, Contains("--max-time is over"));
  place.with("FAKE_PAUSE_AT", "");
  CHECK(place.run({"run", "small", "--max-time", "1h"}).code == 0);
}

TEST_CASE("a second signal, but not at once, does not wait for the end of the epoch", "[cli][signals]") {
  Workplace place;
  place.write_protocol("small", 1);
  place.with("FAKE_SCRIPT", "1:hang");
  auto running = place.start({"run", "small"});
  REQUIRE(eventually([&] { return lines_of(place / "starts").size() == 1; }));
  running.signal(SIGTERM);
  REQUIRE(eventually([&] { return running.err().find("SIGTERM: stopping") != std::string::npos; }));
  running.signal(SIGTERM);  // srun delivers each signal twice
  for (const int warning : {SIGXCPU, SIGUSR1, SIGHUP}) running.signal(warning);
  ::usleep(2'100'000);
  for (const int warning : {SIGXCPU, SIGUSR1, SIGHUP}) running.signal(warning);
  ::usleep(100'000);
  CHECK(running.lives());
  running.signal(SIGINT);
  CHECK(running.wait().code == 130);
}

TEST_CASE("a second signal that may have come at once does not count, however late it is found", "[cli][signals]") {
  SignalWatch watch;
  ::raise(SIGTERM);
  CHECK(watch.stop());
  ::raise(SIGTERM);     // srun's second
  ::usleep(2'100'000);  // a record is stored on a slow file system
  CHECK_FALSE(watch.hurry());
  ::raise(SIGTERM);
  CHECK(watch.hurry());
  CHECK(watch.name() == "SIGTERM");
}

TEST_CASE("SIGTERM sent to every process, as Slurm does, lets the epoch end", "[cli][signals]") {
  Workplace place;
  place.write_protocol("small", 2, 20);
  REQUIRE(place.run({"run", "small", "--results", "whole"}).code == 0);
  place.with("FAKE_PAUSE_AT", "10");
  auto running = place.start({"run", "small", "--jobs", "2"});
  REQUIRE(eventually([&] { return lines_of(place / "starts").size() == 4; }));
  CHECK(running.signal_all(SIGTERM) == 2);
  const auto outcome = running.wait();
  place.with("FAKE_PAUSE_AT", "");
  CHECK(outcome.code == 130);
  CHECK_THAT(outcome.err, Contains("; the same command continues") && !Contains("its worker ended"));
  CHECK(place.run({"run", "small"}).code == 0);
  CHECK(chains_in(place / "results") == chains_in(place / "whole"));
}

TEST_CASE("a signal to a worker alone stops the run in order", "[cli][signals]") {
  Workplace place;
  place.write_protocol("small", 3);
  place.with("FAKE_SCRIPT", "1:stop");
  const auto outcome = place.run({"run", "small", "--jobs", "1"});
  CHECK(outcome.code == 130);
  CHECK_THAT(outcome.err, Contains("a signal asked a worker to stop") && Contains("stopped"));
  CHECK_THAT(outcome.out, Contains("3 left: the same command continues"));
}

TEST_CASE("nohup keeps SIGHUP from stopping a run", "[cli][signals]") {
  Workplace place;
  place.write_protocol("small", 1, 20);
  place.with("FAKE_EPOCH_MS", "20");
  std::signal(SIGHUP, SIG_IGN);  // inherited, as from nohup
  auto running = place.start({"run", "small"});
  std::signal(SIGHUP, SIG_DFL);
  REQUIRE(eventually([&] { return lines_of(place / "starts").size() == 1; }));
  running.signal(SIGHUP);
  CHECK(running.wait().code == 0);
}

TEST_CASE("limits of the shell are told in words", "[cli][limits]") {
  Workplace place;
  place.write_protocol("small", 1);
  SECTION("ulimit -f: a file that is too large does not end the program without a word") {
    place.limit(RLIMIT_FSIZE, 1500);  // what is printed is shorter, a record longer
    const auto outcome = place.run({"run", "small"});
    CHECK(outcome.code == 5);
    CHECK_THAT(outcome.err,
               Contains("File too large: this shell allows files of up to 1.5 kB (ulimit -f): raise it, then"));
    CHECK(records_in(place / "results").empty());
  }
#ifndef __SANITIZE_ADDRESS__  // whose shadow alone takes 15 TB of addresses: no program of such a build can start
  SECTION("ulimit -v: LibTorch is where it was, but cannot be loaded") {
    std::ofstream(place / "worker.sh") << "#!/bin/sh\necho 'nlbench-worker: error while loading shared libraries: "
                                          "libtorch_cpu.so: failed to map segment from shared object' >&2\nexit 127\n";
    std::filesystem::permissions(place / "worker.sh", std::filesystem::perms::owner_all);
    place.with("NLBENCH_WORKER", (place / "worker.sh").string()).limit(RLIMIT_AS, 2'000'000'000);
    const auto outcome = place.run({"run", "small"});
    CHECK(outcome.code == 5);
    CHECK_THAT(outcome.err, Contains("failed to map segment") && !Contains("LibTorch is not where"));
    CHECK_THAT(outcome.err,
               Contains("there is not enough memory: this shell allows a process 2 GB of addresses (ulimit -v)"));
    CHECK_THAT(place.run({"doctor"}).out, Contains("this shell allows a process 2 GB of addresses (ulimit -v)"));
  }
#endif
  SECTION("LibTorch that was moved is still named") {
    std::ofstream(place / "worker.sh")
        << "#!/bin/sh\necho 'nlbench-worker: error while loading shared libraries: "
           "libtorch_cpu.so: cannot open shared object file: No such file or directory' >&2\n"
           "exit 127\n";
    std::filesystem::permissions(place / "worker.sh", std::filesystem::perms::owner_all);
    place.with("NLBENCH_WORKER", (place / "worker.sh").string());
    CHECK_THAT(place.run({"run", "small"}).err, Contains("LibTorch is not where this build found it"));
  }
}

TEST_CASE("a file system without locks is named with what to do instead", "[cli][limits]") {
  Workplace place;
  place.write_protocol("small", 1);
  place.with("NLB_FAULT", "ENOLCK:lock:1");
  const auto advice = "locks do not work on this file system: use a local folder for the results of each machine";
  const auto outcome = place.run({"run", "small"});
  CHECK(outcome.code == 5);
  CHECK_THAT(outcome.err, Contains("cannot lock: No locks available: ") && Contains(advice));
  CHECK_THAT(place.run({"doctor"}).out, Contains(advice));
}

TEST_CASE("kill -9 of nlbench ends its workers and loses at most an epoch", "[cli][signals]") {
  Workplace place;
  place.write_protocol("small", 2, 30);
  REQUIRE(place.run({"run", "small", "--results", "whole"}).code == 0);
  place.with("FAKE_PAUSE_AT", "10");
  {
    auto running = place.start({"run", "small", "--jobs", "2"});
    REQUIRE(eventually([&] { return checkpoints_at(place / "results", 10) == 2; }));
    running.signal(SIGKILL);
    running.wait();
  }
  place.with("FAKE_PAUSE_AT", "");
  const auto status = place.run({"status", "small"});
  CHECK_THAT(status.out, Contains("interrupted"));
  const auto outcome = place.run({"run", "small"});
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.err, Contains("continues after epoch 10"));
  CHECK(chains_in(place / "results") == chains_in(place / "whole"));
}
