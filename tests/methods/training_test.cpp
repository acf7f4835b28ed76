// Whole training steps against tests/methods/reference_training.py, an independent implementation: both sides in
// float64.
#include <catch2/catch.hpp>

#include "methods/registry.h"
#include "tests/methods/reference_steps.h"
#include "tests/support/tiny_trial.h"

namespace nlb {
namespace {

const std::vector<std::string> kNames = {"net/fc1.weight", "net/fc1.bias", "net/fc2.weight", "net/fc2.bias"};

/// The script's initial weights: element e of parameter j.
void fill(const std::string& name, torch::Tensor& value) {
  const auto parameter = std::find(kNames.begin(), kNames.end(), name) - kNames.begin();
  std::vector<double> initial;
  for (int64_t e = 0; e < value.numel(); ++e) {
    initial.push_back(static_cast<double>((7919 * e + 104729 * parameter) % 2003 - 1001) / 1001 * 0.1);
  }
  value.detach().copy_(torch::tensor(initial, torch::kFloat64).view(value.sizes()));
}

/// Labels are learned in epochs 1 and 2; the script's fourth and last epoch has a rate of its own.
Json pencil(const char* compatibility) {
  return {{"alpha", 0.4},
          {"beta", 0.1},
          {"lambda", 60},
          {"initial_logit", 10},
          {"correction_start_epoch", 1},
          {"fine_tuning_start_epoch", 3},
          {"compatibility", compatibility},
          {"fine_tuning_learning_rate", 0.2},
          {"fine_tuning_milestones", {2}},
          {"fine_tuning_factor", 0.1}};
}

/// The script has no second training: it would start behind the twenty steps.
Json joint_optim() {
  return {{"alpha", 1.2},
          {"beta", 0.8},
          {"averaged_epochs", 2},
          {"relabelling_start_epoch", 2},
          {"second_training_start_epoch", 4},
          {"second_training_learning_rate", 0.2},
          {"second_training_milestones", Json::array()},
          {"second_training_factor", 0.1}};
}

TEST_CASE("Twenty steps agree with an independent implementation", "[methods][training]") {
  struct Row {
    std::string name, method;
    Json options;
  };
  const auto row = GENERATE(
      values<Row>({{"ce", "ce", Json::object()},
                   {"gce", "gce", {{"q", 0.7}}},
                   {"gce_truncated",
                    "gce",
                    {{"q", 0.7}, {"truncation", 0.3}, {"pruning_start_epoch", 2}, {"pruning_interval_epochs", 2}}},
                   {"elr", "elr", {{"lambda", 3}, {"beta", 0.7}}},
                   {"sce", "sce", {{"alpha", 0.1}, {"beta", 1}, {"log_of_zero", -9}}},
                   {"bootstrap_soft", "bootstrap_soft", {{"beta", 0.95}}},
                   {"bootstrap_hard", "bootstrap_hard", {{"beta", 0.8}}},
                   {"label_smoothing", "label_smoothing", {{"epsilon", 0.1}, {"spread", "all_classes"}}},
                   {"pencil", "pencil", pencil("probability")},
                   {"pencil_released", "pencil", pencil("softmax_again")},
                   {"joint_optim", "joint_optim", joint_optim()}}));
  CAPTURE(row.name);
  const Json expected = test::reference_of("training_reference.json", row.name);
  TrialSpec spec = test::tiny_spec(row.method, row.options);
  spec.recipe.epochs = 5;
  spec.recipe.optimiser = {.id = "sgd", .learning_rate = 0.1, .weight_decay = 1e-3, .momentum = 0.9};
  const TrainingSet set(test::reference_data(8, 4), spec.recipe, 1, torch::kCPU, torch::kFloat64);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
  {
    const torch::NoGradGuard no_gradient;
    test::ParameterVisitor initial(fill);
    method->visit_state(initial);
  }
  const auto losses = test::reference_steps(*method, set, 20);
  for (size_t s = 0; s < losses.size(); ++s) {
    CAPTURE(s);
    CHECK(losses[s] == Approx(expected["losses"][s].get<double>()).margin(1e-9).epsilon(0));
  }
  std::map<std::string, torch::Tensor> found;
  test::ParameterVisitor final(
      [&](const std::string& name, torch::Tensor& value) { found[name] = value.detach().reshape({-1}).clone(); });
  method->visit_state(final);
  for (size_t j = 0; j < kNames.size(); ++j) {
    const auto wanted = torch::tensor(expected["weights"][j].get<std::vector<double>>(), torch::kFloat64);
    CAPTURE(kNames[j]);
    CHECK((found.at(kNames[j]).narrow(0, 0, wanted.numel()) - wanted).abs().max().item<double>() < 1e-9);
  }
}

}  // namespace
}  // namespace nlb
