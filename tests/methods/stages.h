// tests/methods/stages.h -- whole trainings of a method with several stages or a trusted set against
// trusted_training.py, an independent implementation: both sides in float64.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "methods/registry.h"
#include "tests/methods/trusted_steps.h"
#include "training/held_out.h"
#include "training/method.h"

namespace nlb::test {

struct StagedTraining {
  std::string method;
  Json options;
  std::vector<std::string> learners;  ///< one per training, in order
  std::string script = {};            ///< its name there; "": the method's
};

/// Losses of all steps of all trainings, two epochs of five steps each.
inline std::vector<double> train_stages(Method& method, const TrainingSet& set,
                                        const std::vector<std::string>& learners) {
  std::vector<double> losses;
  for (int64_t epoch = 0; epoch < method.epochs(); ++epoch) {
    const std::vector<Pass> passes = method.begin_epoch(epoch);
    if (epoch % 2 == 0) set_weights(method, learners[static_cast<size_t>(epoch / 2)], epoch / 2);
    for (int64_t number = 0; number < kStepsPerEpoch; ++number) {
      Step step{.epoch = epoch, .pass = 0, .number = number, .count = kStepsPerEpoch, .batches = {}};
      step.batches = batches_at(set, passes.front(), epoch % 2 * kStepsPerEpoch + number);
      losses.push_back(method.step(step).losses.front().second.item<double>());
    }
    method.end_epoch(epoch);
  }
  return losses;
}

inline void check_learner(const StateReader& state, const std::string& learner, const Json& expected) {
  for (size_t j = 0; j < kNames.size(); ++j) {
    CAPTURE(kNames[j]);
    const auto wanted = torch::tensor(expected[j].get<std::vector<double>>(), torch::kFloat64);
    const auto found = state.tensors.at(learner + "/" + kNames[j]).flatten().narrow(0, 0, wanted.numel());
    CHECK((found - wanted).abs().max().item<double>() < 1e-9);
  }
}

inline void check_stages(const StagedTraining& row) {
  const auto arithmetic = GENERATE(Arithmetic::library, Arithmetic::fused);
  CAPTURE(row.script, arithmetic == Arithmetic::fused);
  const Json expected = reference_of("trusted_training.json", row.script.empty() ? row.method : row.script);
  TrialSpec spec = tiny_spec(row.method, row.options);
  spec.recipe.epochs = 2;
  spec.recipe.batch_size = kReferenceBatch;
  spec.recipe.arithmetic = arithmetic;
  spec.recipe.optimiser = {.id = OptimiserId::sgd, .learning_rate = 0.1, .weight_decay = 1e-3, .momentum = 0.9};
  spec.data.held_out = {
      .count = kHeldOut, .labels = HeldOutLabels::noisy, .stratified = false, .noise = NoiseDrawn::before_split};
  const TrainingSet set(script_data(), spec.recipe, 1, torch::kCPU, torch::kFloat64);
  const EvaluationSet held_out = script_held_out(spec.recipe);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
  show_held_out(*method, &held_out);
  const auto losses = train_stages(*method, set, row.learners);
  REQUIRE(losses.size() == expected["losses"].size());
  for (size_t s = 0; s < losses.size(); ++s) {
    CAPTURE(s);
    CHECK(losses[s] == Approx(expected["losses"][s].get<double>()).margin(1e-9).epsilon(0));
  }
  if (expected.contains("scored")) {
    const auto wanted = torch::tensor(expected["scored"].get<std::vector<double>>(), torch::kFloat64);
    const torch::NoGradGuard no_gradient;
    const auto outputs = method->predict(held_out.images(0, held_out.size()));
    REQUIRE(outputs.size() == 2);
    CHECK((torch::softmax(outputs.front().scores, 1).flatten() - wanted).abs().max().item<double>() < 1e-9);
    CHECK_FALSE(torch::equal(outputs.front().scores, outputs.back().scores));
  }
  StateReader state;  // of the network in training, as if none had been lent
  method->visit_state(state);
  check_learner(state, row.learners.back(), expected["weights"]);
  if (expected.contains("label_weight")) {
    CHECK(state.numbers.at("label_weight") == Approx(expected["label_weight"].get<double>()).margin(1e-9).epsilon(0));
  }
  if (expected.contains("matrix") && row.method != "backward") {  // which keeps the inverse
    const auto wanted = torch::tensor(expected["matrix"].get<std::vector<double>>(), torch::kFloat64);
    CHECK((state.tensors.at("matrix").flatten() - wanted).abs().max().item<double>() < 1e-9);
  }
}

}  // namespace nlb::test
