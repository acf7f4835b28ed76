// tests/methods/twenty_steps.h -- twenty steps of a method on an MLP against reference_training.py, an independent
// implementation: both sides in float64.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "methods/registry.h"
#include "tests/methods/reference_steps.h"
#include "tests/support/tiny_trial.h"

namespace nlb::test {

inline const std::vector<std::string> kTwentyStepsNames = {"net/fc1.weight", "net/fc1.bias", "net/fc2.weight",
                                                           "net/fc2.bias"};

/// The script's initial weights: element e of parameter j.
inline void fill_twenty_steps(const std::string& name, torch::Tensor& value) {
  const auto parameter =
      std::find(kTwentyStepsNames.begin(), kTwentyStepsNames.end(), name) - kTwentyStepsNames.begin();
  std::vector<double> initial;
  for (int64_t e = 0; e < value.numel(); ++e) {
    initial.push_back(static_cast<double>((7919 * e + 104729 * parameter) % 2003 - 1001) / 1001 * 0.1);
  }
  value.detach().copy_(torch::tensor(initial, torch::kFloat64).view(value.sizes()));
}

/// `row`: its name in training_reference.json.
inline void check_twenty_steps(const std::string& method_id, const Json& options, const std::string& row) {
  CAPTURE(row);
  const Json expected = reference_of("training_reference.json", row);
  TrialSpec spec = tiny_spec(method_id, options);
  spec.recipe.epochs = 5;
  spec.recipe.optimiser = {.id = OptimiserId::sgd, .learning_rate = 0.1, .weight_decay = 1e-3, .momentum = 0.9};
  const TrainingSet set(reference_data(8, 4), spec.recipe, 1, torch::kCPU, torch::kFloat64);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
  {
    const torch::NoGradGuard no_gradient;
    ParameterVisitor initial(fill_twenty_steps);
    method->visit_state(initial);
  }
  const auto losses = reference_steps(*method, set, 20);
  for (size_t s = 0; s < losses.size(); ++s) {
    CAPTURE(s);
    CHECK(losses[s] == Approx(expected["losses"][s].get<double>()).margin(1e-9).epsilon(0));
  }
  std::map<std::string, torch::Tensor> found;
  ParameterVisitor final(
      [&](const std::string& name, torch::Tensor& value) { found[name] = value.detach().reshape({-1}).clone(); });
  method->visit_state(final);
  for (size_t j = 0; j < kTwentyStepsNames.size(); ++j) {
    const auto wanted = torch::tensor(expected["weights"][j].get<std::vector<double>>(), torch::kFloat64);
    CAPTURE(kTwentyStepsNames[j]);
    CHECK((found.at(kTwentyStepsNames[j]).narrow(0, 0, wanted.numel()) - wanted).abs().max().item<double>() < 1e-9);
  }
}

inline void check_twenty_steps(const std::string& method, const Json& options) {
  check_twenty_steps(method, options, method);
}

}  // namespace nlb::test
