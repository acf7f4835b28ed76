// Every method and every net on the device that is not there.
#include <algorithm>
#include <fstream>
#include <set>

#include "nets/net.h"
#include "tests/device/device_memory.h"
#include "tests/device/device_runs.h"

namespace nlb {
namespace {

using namespace test;

Json read_json(const std::string& name) {
  return Json::parse(std::ifstream(std::string(NLB_SOURCE_DIR) + "/tests/device/" + name));
}

/// What operations raise LibTorch's names (refusals.json), by operation; a name that none raises has a reason instead.
std::map<std::string, std::string> refused_operations() {
  std::map<std::string, std::string> refused;
  const Json names = read_json("refusals.json");
  for (const auto& [name, operations] : names.items()) {
    if (operations.is_string()) continue;
    for (const auto& operation : operations) refused[operation.get<std::string>()] = name;
  }
  return refused;
}

/// Operations of the journal that a GPU refuses under deterministic algorithms.
std::vector<std::string> refused_in(const Journal& journal) {
  static const auto refused = refused_operations();
  std::vector<std::string> found;
  for (const auto& [operation, count] : journal.operations) {
    const std::string plain = operation.substr(0, operation.find('.'));
    for (const auto& name : {operation, plain}) {
      if (refused.contains(name)) found.push_back(operation + ": " + refused.at(name));
    }
  }
  return found;
}

void check_same(const TrialResult& there, const TrialResult& here) {
  CHECK(there.status == here.status);
  CHECK(there.failure == here.failure);
  CHECK(there.state_chain == here.state_chain);
  CHECK(there.count_chain == here.count_chain);
  CHECK(there.timing.peak_memory_bytes > 0);
}

TEST_CASE("Every method: its chain on the device is the CPU's", "[device][registry]") {
  const Case row = GENERATE(from_range(all_cases()));
  CAPTURE(row.method, row.options.dump());
  const TrialSpec spec = spec_of(row);
  take_journal();
  const TrialResult there = run_on(kThere, tiny_command(spec), tiny_data_for(spec)).result();
  CHECK(refused_in(take_journal()) == std::vector<std::string>{});
  check_same(there, run_on(torch::kCPU, tiny_command(spec), tiny_data_for(spec)).result());
}

TEST_CASE("Every method: stopped and resumed on the device, it ends as if never stopped", "[device][registry]") {
  const Case row = GENERATE(from_range(all_cases()));
  CAPTURE(row.method, row.options.dump());
  const TrialSpec spec = spec_of(row);
  const TrialResult whole = run_on(kThere, tiny_command(spec), tiny_data_for(spec)).result();
  const ScratchFolder folder;
  RunTrial command = tiny_command(spec);
  command.checkpoint = folder / "trial.ckpt";
  Heard heard = run_on(kThere, command, tiny_data_for(spec), /*stop_at_once=*/true);
  // A trial of one epoch has no place to stop at.
  REQUIRE(heard.all<Stopped>().size() == (whole.curves.epoch.back() > 1 ? 1 : 0));
  while (!heard.all<Stopped>().empty()) heard = run_on({torch::kCUDA, 1}, command, tiny_data_for(spec), true);
  CHECK(heard.result().state_chain == whole.state_chain);
  CHECK(heard.result().count_chain == whole.count_chain);
}

TEST_CASE("Every method: nothing in a step makes the host wait but what waits.json gives a reason for",
          "[device][registry][waits]") {
  std::set<std::string> found, listed;
  for (const Case& row : all_cases()) {
    const TrialSpec spec = spec_of(row);
    for (const auto& [wait, count] : run_steps(spec, tiny_data_for(spec)).journal.waits)
      found.insert(row.method + ": " + wait);
  }
  for (const auto& entry : read_json("waits.json")) {
    CHECK_FALSE(entry.at("reason").get<std::string>().empty());
    listed.insert(entry.at("method").get<std::string>() + ": " + entry.at("wait").get<std::string>());
  }
  CHECK(found == listed);
}

struct TrialWaits {
  std::map<std::string, int64_t> waits;
  int64_t scalars = 0, progress = 0;  ///< numbers read one by one; messages of progress, which show the latest loss
};

/// Of a whole trial of four epochs in steps of `batch_size` samples.
TrialWaits waits_of_trial(int64_t batch_size) {
  TrialSpec spec = tiny_spec("ce", Json::object());
  spec.recipe.batch_size = batch_size;
  take_journal();
  const Heard heard = run_on(kThere, tiny_command(spec), tiny_data_for(spec));
  heard.result();
  TrialWaits found{.waits = take_journal().waits};
  for (const Event& event : heard.events) found.progress += std::holds_alternative<Progress>(event) ? 1 : 0;
  const auto scalars = found.waits.extract("aten::_local_scalar_dense");
  if (!scalars.empty()) found.scalars = scalars.mapped();
  return found;
}

TEST_CASE("The runner waits as often however many steps an epoch has", "[device][waits]") {
  const TrialWaits few = waits_of_trial(25), many = waits_of_trial(5);
  // How often progress is told depends on the time that a trial takes; besides, each of the four epochs reads two
  // numbers.
  for (const TrialWaits& trial : {few, many}) CHECK(trial.scalars <= 2 * 4 + trial.progress);
  CHECK(few.waits == many.waits);
}

TEST_CASE("Every net: its chain on the device is the CPU's", "[device][nets]") {
  std::vector<std::string> ids;
  for (const auto& [id, net] : facts().nets) {
    if (net.status == Status::built) ids.push_back(id);
  }
  const std::string id = GENERATE_REF(from_range(ids));
  CAPTURE(id);
  const auto& input = facts().nets.at(id).input;
  TrialSpec spec = tiny_spec("ce", Json::object());
  spec.net = {.id = id, .options = Json::object(), .initialisation = "torch_default"};
  for (const OptionFacts& option : facts().nets.at(id).options) spec.net.options[option.name] = some_value(option);
  spec.recipe.epochs = 1;
  spec.recipe.batch_size = 2;
  spec.recipe.normalisation = {.mean = {0.4, 0.5, 0.6}, .std = {0.3, 0.3, 0.3}};
  spec.recipe.normalisation.mean.resize(static_cast<size_t>(input[0]));
  spec.recipe.normalisation.std.resize(static_cast<size_t>(input[0]));
  take_journal();
  const TrialResult there = run_on(kThere, tiny_command(spec), data_of_shape(input)).result();
  const Journal journal = take_journal();
  CHECK(refused_in(journal) == std::vector<std::string>{});
  check_same(there, run_on(torch::kCPU, tiny_command(spec), data_of_shape(input)).result());
}

TEST_CASE("Every name that LibTorch refuses by is mapped to operations", "[device]") {
  const Json names = read_json("refusals.json");
  for (const auto& [name, operations] : names.items()) {
    CAPTURE(name);
    CHECK_FALSE((operations.is_string() ? operations.get<std::string>().empty() : operations.empty()));
  }
}

TEST_CASE("A device without memory, or gone in the middle, gives the trial back", "[device][faults]") {
  const TrialSpec spec = tiny_spec("ce", Json::object());
  SECTION("no memory") {
    set_device_limit(4096);
    const Heard heard = run_on(kThere, tiny_command(spec), tiny_data_for(spec));
    set_device_limit(kDeviceBytes);
    REQUIRE(heard.all<Returned>().size() == 1);
    CHECK(heard.all<Returned>().front().kind == "environment");
    CHECK_THAT(heard.all<Returned>().front().message, Catch::Contains("out of memory"));
  }
  SECTION("gone") {
    lose_device_after(150);
    const Heard heard = run_on(kThere, tiny_command(spec), tiny_data_for(spec));
    lose_device_after(0);
    REQUIRE(heard.all<Returned>().size() == 1);
    CHECK(heard.all<Returned>().front().kind == "environment");
    CHECK_THAT(heard.all<Returned>().front().message, Catch::Contains("CUDA error"));
  }
}

}  // namespace
}  // namespace nlb
