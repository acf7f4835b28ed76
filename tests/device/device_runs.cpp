#include "tests/device/device_runs.h"

#include "methods/method.h"

namespace nlb::test {
namespace {

void add(std::map<std::string, int64_t>& sums, const std::map<std::string, int64_t>& more) {
  for (const auto& [name, count] : more) sums[name] += count;
}

void run_pass(Method& method, const TrainingSet& set, const Pass& pass, Step step, StepsJournal& all) {
  for (; step.number < step.count; ++step.number) {
    take_journal();
    step.batches.clear();
    for (const Stream& stream : pass.streams) step.batches.push_back(set.batch(stream, step.epoch, step.number));
    method.step(step);
    const Journal one = take_journal();
    add(all.journal.operations, one.operations);
    add(all.journal.waits, one.waits);
    ++all.steps;
  }
}

}  // namespace

TrialSpec exact_spec(const std::string& method, const Json& options) {
  Json exact = options;
  for (auto& [name, value] : exact.items()) {
    if (name.find("learning_rate") != std::string::npos && value.is_number()) value = 0.125;
    if (name.ends_with("_factor")) value = 0.5;  // of a rate
  }
  TrialSpec spec = tiny_spec(method, exact);
  if (spec.recipe.optimiser.id != "sgd") return spec;
  spec.recipe.optimiser.learning_rate = 0.125;
  spec.recipe.optimiser.momentum = 0.5;
  spec.recipe.optimiser.weight_decay = 0x1p-13;
  return spec;
}

Heard run_on(torch::Device device, const RunTrial& command, TrainingData data, bool stop_at_once) {
  static const bool prepared = (prepare_process(1), true);
  static_cast<void>(prepared);
  Heard heard;
  const std::atomic<bool> stop = stop_at_once;
  RunnerEnvironment environment;
  environment.device = device;
  environment.determinism_class = {{"test", "1"}};
  environment.emit = [&](const Event& event) { heard.events.push_back(event); };
  environment.log = [&](const std::string& line) { heard.log.push_back(line); };
  environment.stop = &stop;
  run_trial_on(command, std::move(data), environment);
  return heard;
}

StepsJournal run_steps(const TrialSpec& spec, const TrainingData& data) {
  StepsJournal all;
  const TrainingSet set(data, spec.recipe, spec.seeds.train, kThere);
  const auto method = make_method({.spec = spec, .set = set, .device = kThere});
  for (int64_t epoch = 0; epoch < method->epochs(); ++epoch) {
    const auto passes = method->begin_epoch(epoch);
    for (size_t i = 0; i < passes.size(); ++i) {
      const int64_t count = set.batches(passes[i].streams.front());
      const Step first = {.epoch = epoch, .pass = static_cast<int64_t>(i), .number = 0, .count = count, .batches = {}};
      run_pass(*method, set, passes[i], first, all);
    }
    method->end_epoch(epoch);
  }
  return all;
}

}  // namespace nlb::test
