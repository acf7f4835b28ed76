// Whole steps of Co-teaching and DivideMix, mixtures fitted anew included, against tests/methods/two_nets_training.py,
// an independent implementation: both sides in float64.
#include <catch2/catch.hpp>
#include <numeric>

#include "methods/registry.h"
#include "tests/methods/reference_steps.h"
#include "tests/support/tiny_trial.h"

namespace nlb {
namespace {

TrialSpec reference_spec(const std::string& method, const Json& options) {
  TrialSpec spec = test::tiny_spec(method, options);
  spec.recipe.batch_size = test::kReferenceBatch;
  spec.recipe.optimiser = {.id = "sgd", .learning_rate = 0.1, .weight_decay = 1e-3, .momentum = 0.9};
  return spec;
}

/// Shows the parameters of both networks, in the order of the script, to `visit`.
class BothNets final : public StateVisitor {
 public:
  using Visit = std::function<void(size_t number, torch::Tensor& value)>;
  explicit BothNets(Visit visit) : visit_(std::move(visit)) {}
  void tensor(const std::string& name, torch::Tensor& value) override {
    if (!name.starts_with("net") || !(name.ends_with(".weight") || name.ends_with(".bias"))) return;
    visit_(number_++, value);
  }
  void integer(const std::string&, int64_t&) override {}
  void number(const std::string&, double&) override {}

 private:
  Visit visit_;
  size_t number_ = 0;
};

void fill(Method& method) {
  const torch::NoGradGuard no_gradient;
  BothNets initial([](size_t number, torch::Tensor& value) {
    std::vector<double> values;
    for (int64_t e = 0; e < value.numel(); ++e) {
      const int64_t word = (7919 * e + 104729 * static_cast<int64_t>(number)) % 2003;
      values.push_back(static_cast<double>(word - 1001) / 1001 * 0.1);
    }
    value.detach().copy_(torch::tensor(values, torch::kFloat64).view(value.sizes()));
  });
  method.visit_state(initial);
}

void check_weights(Method& method, const Json& expected) {
  BothNets final([&](size_t number, torch::Tensor& value) {
    CAPTURE(number);
    const auto wanted = torch::tensor(expected[number / 4][number % 4].get<std::vector<double>>(), torch::kFloat64);
    const auto found = value.detach().reshape({-1}).narrow(0, 0, wanted.numel());
    CHECK((found - wanted).abs().max().item<double>() < 1e-9);
  });
  method.visit_state(final);
}

void check_losses(const std::vector<double>& losses, const Json& expected) {
  REQUIRE(losses.size() == expected.size());
  for (size_t s = 0; s < losses.size(); ++s) {
    CAPTURE(s);
    CHECK(losses[s] == Approx(expected[s].get<double>()).margin(1e-9).epsilon(0));
  }
}

/// Samples number (5 step + 3 b) mod n of `samples`, b = 0..7; the second view is mirrored.
Batch formula_batch(const TrainingSet& set, const std::vector<int64_t>& samples, int64_t step) {
  std::vector<int64_t> positions;
  for (int64_t b = 0; b < test::kReferenceBatch; ++b) {
    positions.push_back(samples[static_cast<size_t>((5 * step + 3 * b) % std::ssize(samples))]);
  }
  const auto index = torch::tensor(positions, torch::kInt64);
  const auto images = set.images(index);
  return {index, {images, images.flip(3)}, set.labels().index_select(0, index)};
}

TEST_CASE("Twenty steps of Co-teaching agree with an independent implementation", "[methods][training]") {
  const auto [row, scale] = GENERATE(
      table<std::string, std::string>({{"co_teaching", "mean"}, {"co_teaching_twice", "mean_over_kept_twice"}}));
  CAPTURE(row);
  const Json expected = test::reference_of("two_nets_training.json", row);
  const TrialSpec spec = reference_spec("co_teaching", {{"forget_rate", 0.4},
                                                        {"forget_exponent", 1},
                                                        {"forget_ramp_epochs", 3},
                                                        {"first_epoch", 0},
                                                        {"loss_scale", scale}});
  const TrainingSet set(test::reference_data(8, 4), spec.recipe, 1, torch::kCPU, torch::kFloat64);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
  fill(*method);
  std::vector<int64_t> all(static_cast<size_t>(set.size()));
  std::iota(all.begin(), all.end(), 0);
  std::vector<double> losses;
  for (int64_t s = 0; s < 20; ++s) {
    Step step{.epoch = s / 5, .pass = 0, .number = s % 5, .count = 5, .batches = {formula_batch(set, all, s)}};
    if (step.number == 0) method->begin_epoch(step.epoch);
    const StepLog log = method->step(step);
    for (const auto& [name, loss] : log.losses) losses.push_back(loss.item<double>());
  }
  check_losses(losses, expected["losses"]);
  check_weights(*method, expected["weights"]);
}

Json dividemix_json() {
  return {{"warm_up_epochs", 1},
          {"warm_up_batch_size", test::kReferenceBatch},
          {"warm_up_penalty", "negative_entropy"},
          {"clean_threshold", 0.5},
          {"averaged_losses", 2},
          {"mixture_iterations", 10},
          {"mixture_tolerance", 0.01},
          {"mixture_added_variance", 5e-4},
          {"temperature", 0.5},
          {"mixup_alpha", 4},
          {"lambda_u", 25},
          {"lambda_u_ramp_epochs", 16}};
}

TEST_CASE("DivideMix agrees with an independent implementation through three fits of its mixtures",
          "[methods][training]") {
  const Json expected = test::reference_of("two_nets_training.json", "dividemix");
  const TrialSpec spec = reference_spec("dividemix", dividemix_json());
  const TrainingSet set(test::reference_data(8, 4), spec.recipe, 4, torch::kCPU, torch::kFloat64);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
  fill(*method);
  std::vector<int64_t> all(static_cast<size_t>(set.size()));
  std::iota(all.begin(), all.end(), 0);
  std::vector<double> losses;
  std::vector<int64_t> labelled;
  for (int64_t epoch = 0; epoch < 4; ++epoch) {
    const auto passes = method->begin_epoch(epoch);
    for (int64_t pass = 0; pass < 2; ++pass) {
      const auto& streams = passes[static_cast<size_t>(pass)].streams;
      if (epoch > 0) labelled.push_back(std::ssize(*streams.front().samples));
      const int64_t count = epoch == 0 ? 4 : 3;
      for (int64_t s = 0; s < count; ++s) {
        Step step{.epoch = epoch, .pass = pass, .number = s, .count = count, .batches = {}};
        for (const Stream& stream : streams) {
          step.batches.push_back(formula_batch(set, stream.samples.value_or(all), s + pass));
        }
        losses.push_back(method->step(step).losses.front().second.item<double>());
      }
    }
  }
  CHECK(labelled == expected["labelled"].get<std::vector<int64_t>>());
  check_losses(losses, expected["losses"]);
  check_weights(*method, expected["weights"]);
}

TEST_CASE("DivideMix in lockstep agrees with an independent implementation", "[methods][training]") {
  const Json expected = test::reference_of("two_nets_training.json", "dividemix_lockstep");
  Json options = dividemix_json();
  options["networks_train"] = "lockstep";
  options["warm_up_penalty"] = "negative_entropy_of_raised_logits";
  const TrialSpec spec = reference_spec("dividemix", options);
  const TrainingSet set(test::reference_data(8, 4), spec.recipe, 4, torch::kCPU, torch::kFloat64);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
  fill(*method);
  std::vector<int64_t> all(static_cast<size_t>(set.size()));
  std::iota(all.begin(), all.end(), 0);
  std::vector<double> losses;
  std::vector<int64_t> labelled;
  REQUIRE(method->begin_epoch(0).size() == 2);
  for (int64_t pass = 0; pass < 2; ++pass) {
    for (int64_t s = 0; s < 4; ++s) {
      const Step step{
          .epoch = 0, .pass = pass, .number = s, .count = 4, .batches = {formula_batch(set, all, s + pass)}};
      losses.push_back(method->step(step).losses.front().second.item<double>());
    }
  }
  for (int64_t epoch = 1; epoch < 4; ++epoch) {
    const auto passes = method->begin_epoch(epoch);
    REQUIRE(passes.size() == 1);
    const auto& streams = passes.front().streams;
    REQUIRE(streams.size() == 5);
    CHECK(set.batches(streams.front()) == 40 / 8);  // one pass over the whole set, however the parts are
    for (size_t part = 1; part < 5; ++part) CHECK(streams[part].cycle);
    for (const size_t part : {1, 3}) labelled.push_back(std::ssize(*streams[part].samples));
    for (int64_t s = 0; s < 3; ++s) {
      Step step{.epoch = epoch, .pass = 0, .number = s, .count = 3, .batches = {formula_batch(set, all, s)}};
      for (size_t part = 1; part < 5; ++part) {
        step.batches.push_back(formula_batch(set, *streams[part].samples, s + (part > 2 ? 1 : 0)));
      }
      const StepLog log = method->step(step);
      CHECK(log.index.size(0) == 4 * test::kReferenceBatch);
      losses.push_back(log.losses.front().second.item<double>());
    }
  }
  CHECK(labelled == expected["labelled"].get<std::vector<int64_t>>());
  check_losses(losses, expected["losses"]);
  check_weights(*method, expected["weights"]);
}

}  // namespace
}  // namespace nlb
