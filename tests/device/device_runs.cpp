#include "tests/device/device_runs.h"

#include <optional>

#include "methods/registry.h"
#include "nets/device_layers.h"
#include "training/held_out.h"
#include "training/method.h"

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

Heard run_on(torch::Device device, const RunTrial& command, TrainingData data, bool stop_at_once, bool graphs) {
  static const bool prepared = (prepare_process(1), true);
  static_cast<void>(prepared);
  std::optional<ScopedDeviceLayers> as_there;  // one arithmetic: the device's layers are kernels of our own
  if (device.is_cpu()) as_there.emplace();
  Heard heard;
  const std::atomic<bool> stop = stop_at_once;
  RunnerEnvironment environment;
  environment.device = device;
  environment.graphs = graphs;
  environment.determinism_class = {{"test", "1"}};
  environment.emit = [&](const Event& event) { heard.events.push_back(event); };
  environment.log = [&](const std::string& line) { heard.log.push_back(line); };
  environment.stop = &stop;
  run_trial_on(command, std::move(data), environment);
  return heard;
}

TrainingData data_of_shape(const std::vector<int64_t>& shape) {
  TrainingData data = tiny_data();
  const int64_t pixels = shape[0] * shape[1] * shape[2];
  for (ImageSet* set : {&data.dataset.train, &data.dataset.test}) {
    const std::vector<uint8_t> grey = all_pixels(*set);
    std::vector<uint8_t> made;
    for (int64_t i = 0; i < set->count; ++i) {
      for (int64_t p = 0; p < pixels; ++p)
        made.push_back(grey[static_cast<size_t>(i * 64 + p % 64)] ^ static_cast<uint8_t>(p / 64));
    }
    *set = image_set({shape[0], shape[1], shape[2]}, std::move(made), set->labels);
  }
  data.train_index = {0, 1, 2, 3};
  data.given = data.clean = {0, 1, 2, 3};
  data.held_out_index.clear();
  data.held_out_labels.clear();
  data.test_index = {0, 1, 2, 3};
  data.noise.reset();
  return data;
}

StepsJournal run_steps(const TrialSpec& spec, const TrainingData& data) {
  StepsJournal all;
  const TrainingSet set(data, spec.recipe, spec.seeds.train, kThere);
  const auto method = make_method({.spec = spec, .set = set, .device = kThere});
  std::optional<EvaluationSet> held_out;
  if (!data.held_out_index.empty()) {
    held_out.emplace(data.held_out_images(), data.held_out_labels, spec.recipe.normalisation, kThere, torch::kFloat32);
  }
  const bool noisy = held_out && spec.data.held_out && spec.data.held_out->labels == HeldOutLabels::noisy;
  show_held_out(*method, noisy ? &*held_out : nullptr);
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
