// nlbench with a worker whose CUDA device is not there: placing, resuming, losing it, filling it.
#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "tests/cli/program.h"

namespace {

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;

/// A machine with the third GPU's file alone, and two GPUs that the worker sees.
class Place : public Workplace {
 public:
  Place() {
    std::filesystem::create_directories(*this / "machine/dev");
    for (const char* name : {"nvidia3", "nvidiactl"}) std::ofstream(*this / "machine/dev" / name) << "";
    with("NLB_MACHINE_ROOT", (*this / "machine").string());
    with("NLBENCH_WORKER", std::string(NLB_BINARY_DIR) + "/tests/device/device_worker");
    with("CUDA_VISIBLE_DEVICES", "");
  }
};

/// The state chains in a results folder, by trial.
std::map<std::string, std::string> chains_in(const std::filesystem::path& results) {
  std::map<std::string, std::string> chains;
  for (const auto& [id, result] : records_in(results)) chains[id] = result["state_chain"].get<std::string>();
  return chains;
}

TEST_CASE("trials on two devices have the CPU's chains", "[device][cli]") {
  Place place;
  place.write_protocol("small", 3);
  const auto here = place.run({"run", "small", "--device", "cpu", "--results", "here"});
  const auto there = place.run({"run", "small", "--device", "cuda:0,1", "--results", "there"});
  CAPTURE(here.err, there.err);
  REQUIRE(here.code == 0);
  REQUIRE(there.code == 0);
  CHECK_THAT(there.err, Contains("2 at once with 1 thread on cuda:0, cuda:1"));
  CHECK(chains_in(place / "there").size() == 3);
  CHECK(chains_in(place / "there") == chains_in(place / "here"));
  for (const auto& [id, result] : records_in(place / "there")) {
    for (const char* key : {"cuda", "cudnn", "cublas", "driver", "gpu", "switches", "cpu"})
      CHECK(result["determinism_class"].contains(key));
    CHECK(result["timing"]["peak_memory_bytes"] > 0);
  }
}

TEST_CASE("switches of the environment that move bits on a GPU are in its class", "[device][cli]") {
  Place place;
  place.write_protocol("small", 1, 1);
  place.with("NVIDIA_TF32_OVERRIDE", "1");
  REQUIRE(place.run({"run", "small", "--device", "cuda:0"}).code == 0);
  const Json named = records_in(place / "results").begin()->second["determinism_class"];
  CHECK_THAT(named["switches"].get<std::string>(), Contains("NVIDIA_TF32_OVERRIDE=1"));
}

TEST_CASE("--device auto says which GPUs are used, and what is quicker on the CPU", "[device][cli]") {
  Place place;
  place.write_protocol("small", 1, 1);
  const auto outcome = place.run({"run", "small"});
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.err, Contains("training on cuda:0, cuda:1 (cuda:0 "));
  place.with("NLB_DEVICES", "0");
  const auto none = place.run({"run", "small", "--results", "other"});
  CHECK(none.code == 0);
  CHECK_THAT(none.err, Contains("training on the CPU: no GPU can be used: this machine shows device file /dev/nvidia3, "
                                "but CUDA says: No CUDA GPUs are available"));
}

TEST_CASE("a device that is lost in the middle costs a checkpoint, not the trial", "[device][cli][faults]") {
  Place place;
  place.write_protocol("small", 2, 6);
  REQUIRE(place.run({"run", "small", "--device", "cuda:0", "--results", "whole"}).code == 0);
  place.with("NLB_CHECKPOINT_SECONDS", "0").with("NLB_DEVICE_LOST", "3500");
  place.with("NLB_DEVICE_LOST_ONCE", (place / "gone").string());
  const auto outcome = place.run({"run", "small", "--device", "cuda:0"});
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(std::filesystem::exists(place / "gone"));
  CHECK_THAT(outcome.err, Contains("CUDA error: unspecified launch failure") && Contains("tried once more, alone"));
  CHECK(chains_in(place / "results") == chains_in(place / "whole"));
  size_t interrupted = 0;
  for (const auto& [id, result] : records_in(place / "results"))
    interrupted += result["timing"]["interrupted_at"].empty() ? 0 : 1;
  CHECK(interrupted == 1);
}

TEST_CASE("a device without the memory ends the run with the reason; more jobs than fit are not started",
          "[device][cli][faults]") {
  Place place;
  place.write_protocol("small", 8, 1);
  place.with("NLB_DEVICE_BYTES", "2000000");
  const auto full = place.run({"run", "small", "--device", "cuda:0", "--seed", "1"});
  CHECK(full.code == 5);
  CHECK_THAT(full.err, Contains("CUDA out of memory"));
  place.with("NLB_DEVICE_BYTES", "4000000000");
  const auto outcome = place.run({"run", "small", "--device", "cuda:0", "--jobs", "8"});
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.err, Contains("5 at once with 1 thread on cuda:0"));
}

TEST_CASE("a device that is not there is named with those that are", "[device][cli]") {
  Place place;
  place.write_protocol("small", 1, 1);
  const auto outcome = place.run({"run", "small", "--device", "cuda:2"});
  CHECK(outcome.code == 5);
  CHECK_THAT(outcome.err, Contains("no device cuda:2: this worker sees 2 CUDA devices"));
}

TEST_CASE("doctor computes on every GPU and says what it found", "[device][cli][doctor]") {
  Place place;
  const auto good = place.run({"doctor"});
  CHECK_THAT(good.out, Contains("cuda:0 unknown, 4.3 GB of memory") && Contains("cuda:1 unknown"));
  place.with("NLB_DEVICE_BYTES", "1000");
  const auto full = place.run({"doctor"});
  CHECK_THAT(full.out, Contains("note") && Contains("cuda:0 unknown cannot be used: ") && Contains("out of memory"));
}

}  // namespace
