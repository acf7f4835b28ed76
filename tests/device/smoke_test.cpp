// The smoke protocols on the device that is not there: every row, cut to few images of the real data sets.
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "datasets/noise_inputs.h"
#include "protocols/plan.h"
#include "tests/device/device_runs.h"

namespace nlb {
namespace {

using namespace test;

/// All epochs, so that every stage of a method is reached, on as few images as its batches and classes allow. The
/// library's arithmetic: the fused one is the CPU's alone.
TrialSpec cut_short(TrialSpec spec, int64_t classes) {
  const int64_t count = std::max<int64_t>(2 * spec.recipe.batch_size, 2 * classes);
  const int64_t each = (count + classes - 1) / classes;
  spec.data.train_subset = SubsetSpec{.count = each * classes, .how = SubsetDraw::stratified};
  if (spec.trusted && spec.trusted->count) {
    spec.trusted->count = std::max<int64_t>(1, each / 5) * classes;
  }
  spec.data.test_subset = SubsetSpec{.count = 50, .how = SubsetDraw::first};
  spec.data.evaluate_every = 5;
  spec.recipe.arithmetic = Arithmetic::library;
  return spec;
}

/// One trial of each row of each group: the first setting, the first seed.
std::vector<Trial> one_per_row(const std::string& protocol) {
  const auto path = std::filesystem::path(NLB_SOURCE_DIR) / "protocols" / (protocol + ".json");
  nlb::Selection wanted;
  wanted.groups = {"all"};
  wanted.seeds = {"1"};
  std::vector<Trial> trials;
  std::set<std::string> seen;
  for (const Trial& trial : make_plan({read_protocol(path, facts())}, wanted, facts()).trials) {
    const TrialUse& use = trial.uses.front();
    if (seen.insert(use.group + "/" + use.row).second) trials.push_back(trial);
  }
  return trials;
}

TEST_CASE("Smoke protocols: each row has the CPU's chain on the device", "[device][smoke][data]") {
  const char* folder = std::getenv("NLB_DATA");
  if (folder == nullptr) {
    WARN("skipped: $NLB_DATA names no folder with data sets");
    return;
  }
  const auto protocol = GENERATE(as<std::string>{}, "mnist_lenet_sym_smoke", "mnist_pairflip_smoke",
                                 "cifar10_sym_smoke", "cifar10_asym_smoke", "cifar10n_smoke", "cifar100_sym_smoke");
  const auto trials = one_per_row(protocol);
  REQUIRE_FALSE(trials.empty());
  const DatasetFacts& set = facts().datasets.at(trials.front().spec.data.dataset);
  const Dataset dataset = load_dataset(set, folder);
  size_t trained = 0;  // so few images are too few for some: those fail by themselves, with the same words
  for (const Trial& trial : trials) {
    CAPTURE(protocol, trial.uses.front().group, trial.uses.front().row);
    const TrialSpec spec = cut_short(trial.spec, set.classes);
    const TrainingData data = make_training_data(spec, dataset, load_noise_inputs(spec, facts(), folder));
    const TrialResult there = run_on(kThere, tiny_command(spec), data).result();
    const TrialResult here = run_on(torch::kCPU, tiny_command(spec), data).result();
    CHECK(there.status == here.status);
    CHECK(there.failure == here.failure);
    CHECK(there.state_chain == here.state_chain);
    CHECK(there.count_chain == here.count_chain);
    if (here.status == TrialResult::Status::ok) ++trained;
  }
  CHECK(4 * trained >= 3 * trials.size());
}

}  // namespace
}  // namespace nlb
