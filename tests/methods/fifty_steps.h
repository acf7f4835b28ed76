// tests/methods/fifty_steps.h -- fifty steps of a method of the MNIST table on LeNet-5 against lenet_training.py, an
// independent implementation: both sides in float64.
#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include "methods/registry.h"
#include "tests/methods/reference_steps.h"
#include "tests/support/tiny_trial.h"
#include "tests/support/weyl.h"

namespace nlb::test {

inline TrialSpec lenet_spec(const std::string& method, const Json& options, Arithmetic arithmetic) {
  TrialSpec spec = tiny_spec(method, options);
  spec.net = {.id = "lenet5", .options = Json::object(), .initialisation = "torch_default"};
  spec.recipe.epochs = 10;
  spec.recipe.optimiser = {.id = OptimiserId::adam, .learning_rate = 1e-3, .weight_decay = 1e-3};
  spec.recipe.schedule = {.rate = ExponentialRate{.factor = 0.1, .period = 40}};
  spec.recipe.augmentation.reset();
  spec.recipe.arithmetic = arithmetic;
  spec.recipe.normalisation = {.mean = {0.1307}, .std = {0.3081}};
  return spec;
}

inline void check_fifty_steps(const std::string& method_id, const Json& options) {
  const auto arithmetic = GENERATE(Arithmetic::library, Arithmetic::fused);
  CAPTURE(arithmetic == Arithmetic::fused);
  const Json expected = reference_of("lenet_training.json", method_id);
  const TrialSpec spec = lenet_spec(method_id, options, arithmetic);
  const TrainingSet set(reference_data(28, 10), spec.recipe, 1, torch::kCPU, torch::kFloat64);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
  {
    const torch::NoGradGuard no_gradient;
    int64_t number = 0;
    ParameterVisitor initial([&](const std::string&, torch::Tensor& value) {
      const double scale = value.dim() > 1 ? std::sqrt(12. / static_cast<double>(value[0].numel())) : 0.25;
      value.detach().copy_(weyl(value.sizes().vec(), ++number, scale));
    });
    method->visit_state(initial);
    REQUIRE(number == 10);
  }
  const auto losses = reference_steps(*method, set, 50);
  for (size_t s = 0; s < losses.size(); ++s) {
    CAPTURE(s);
    CHECK(losses[s] == Approx(expected["losses"][s].get<double>()).margin(1e-9).epsilon(0));
  }
  size_t number = 0;
  ParameterVisitor final([&](const std::string& name, torch::Tensor& value) {
    CAPTURE(name);
    const auto& wanted = expected["parameters"][number++];
    const auto found = value.detach().flatten();
    CHECK(found.sum().item<double>() == Approx(wanted["sum"].get<double>()).margin(1e-9).epsilon(1e-9));
    CHECK(found.abs().sum().item<double>() == Approx(wanted["absolute"].get<double>()).epsilon(1e-9));
    for (size_t k = 0; k < 4; ++k) {
      CHECK(found[wanted["at"][k].get<int64_t>()].item<double>() ==
            Approx(wanted["values"][k].get<double>()).margin(1e-9).epsilon(0));
    }
  });
  method->visit_state(final);
  CHECK(number == 10);
}

}  // namespace nlb::test
