// Which trials of a run with --device auto are trained on the CPU.
#include "supervise/slots.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <initializer_list>
#include <set>
#include <string>

#include "protocols/plan.h"
#include "supervise/machine.h"

using namespace nlb;

namespace {

const Plan& mnist_plan() {
  static const Plan plan = make_plan(
      {read_protocol(std::filesystem::path(NLB_SOURCE_DIR) / "protocols/mnist_glc.json", facts())}, {}, facts());
  return plan;
}

Record measured(const TrialSpec& spec, double seconds, int threads, bool gpu) {
  Record record;
  record.spec = spec;
  record.result.determinism_class = {{"threads", std::to_string(threads)}};
  if (gpu) record.result.determinism_class["gpu"] = "some GPU";
  record.result.timing.wall_seconds = seconds;
  return record;
}

/// Whether a trial that takes so long on the CPU, with all cores to itself, and so long on one of the GPUs goes to the
/// CPU.
bool goes_to_the_cpu(double on_cpu, double on_gpu, std::vector<std::string> gpus) {
  const Trial& trial = mnist_plan().trials.front();
  const int cores = usable_cores();
  const Record here = measured(trial.spec, on_cpu, cores, false), there = measured(trial.spec, on_gpu, 1, true);
  const CostModel cpu({&here, &there}, facts(), false), gpu({&here, &there}, facts(), true);
  std::vector<TrialStanding> todo = {{.trial = &trial, .reason = {}, .records = 3}};
  SlotFlags flags;
  flags.threads = std::to_string(cores);
  const auto taken = take_for_cpu(todo, cpu, gpu, flags, {.devices = std::move(gpus)});
  CHECK(taken.size() + todo.size() == 1);
  const TrialStanding& kept = taken.empty() ? todo.front() : taken.front();
  CHECK(kept.trial == &trial);
  CHECK(kept.records == 3);
  return !taken.empty();
}

}  // namespace

TEST_CASE("a trial goes to the CPU where it is over sooner there than in its turn on the GPUs", "[cli][slots]") {
  CHECK(goes_to_the_cpu(100, 120, {"cuda:0"}));
  CHECK_FALSE(goes_to_the_cpu(100, 60, {"cuda:0"}));
  // Two GPUs work through a queue in half the time.
  CHECK_FALSE(goes_to_the_cpu(100, 180, {"cuda:0", "cuda:1"}));
  CHECK(goes_to_the_cpu(100, 220, {"cuda:0", "cuda:1"}));
}

TEST_CASE("without records small nets go to the CPU and large ones to the GPU, in the order of the plan",
          "[cli][slots]") {
  Trial small = mnist_plan().trials.front(), large = small;
  REQUIRE(small.spec.net.id == "mlp");
  large.spec.net = {.id = "preact_resnet18", .options = Json::object(), .initialisation = "torch_default"};
  large.spec.recipe.arithmetic = Arithmetic::library;
  const Trial other_small = small, other_large = large;
  std::vector<TrialStanding> todo;
  for (const Trial* trial : std::initializer_list<const Trial*>{&small, &large, &other_small, &other_large})
    todo.push_back({.trial = trial, .reason = {}});
  const auto probe = [] { return std::optional<double>(5e10); };
  const CostModel on_cpu({}, facts(), false, probe), on_gpu({}, facts(), true);
  const auto taken = take_for_cpu(todo, on_cpu, on_gpu, {}, {.devices = {"cuda:0"}});
  REQUIRE(taken.size() == 2);
  CHECK(taken[0].trial == &small);
  CHECK(taken[1].trial == &other_small);
  REQUIRE(todo.size() == 2);
  CHECK(todo[0].trial == &large);
  CHECK(todo[1].trial == &other_large);
}
