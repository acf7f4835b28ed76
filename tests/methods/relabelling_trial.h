// tests/methods/relabelling_trial.h -- a method over the forty reference images with a batch of eight, whose state can
// be looked at.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "methods/registry.h"
#include "tests/methods/reference_steps.h"
#include "tests/support/state_copy.h"
#include "tests/support/tiny_trial.h"

namespace nlb::test {

struct RelabellingTrial {
  explicit RelabellingTrial(const std::string& id, const Json& options) : spec(tiny_spec(id, options)) {
    spec.recipe.epochs = 5;
    set.emplace(reference_data(8, 4), spec.recipe, 1, torch::kCPU, torch::kFloat64);
    method = make_method({.spec = spec, .set = *set, .device = torch::kCPU, .type = torch::kFloat64});
  }
  /// Every image but those from `images` on once; the logs of its steps.
  std::vector<StepLog> epoch(int64_t number, int64_t images = kReferenceSamples) {
    method->begin_epoch(number);
    std::vector<StepLog> logs;
    const int64_t steps = images / kReferenceBatch;
    for (int64_t s = 0; s < steps; ++s) {
      const auto index = torch::arange(s * kReferenceBatch, (s + 1) * kReferenceBatch, torch::kInt64);
      Step step{.epoch = number, .pass = 0, .number = s, .count = steps, .batches = {}};
      step.batches.push_back({index, {set->images(index)}, set->labels().index_select(0, index)});
      logs.push_back(method->step(step));
    }
    return logs;
  }
  torch::Tensor state(const std::string& name) { return StateCopy(*method).tensors.at(name); }
  /// softmax of the network's present predictions for the first `images`.
  torch::Tensor predictions(int64_t begin, int64_t end) {
    const torch::NoGradGuard no_gradient;
    return torch::softmax(method->predict(set->images(torch::arange(begin, end, torch::kInt64)))[0].scores, 1);
  }
  TrialSpec spec;
  std::optional<TrainingSet> set;
  std::unique_ptr<Method> method;
};

}  // namespace nlb::test
