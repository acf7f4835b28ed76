// tests/methods/two_nets_steps.h -- whole steps of methods with two networks against two_nets_training.py, an
// independent implementation: both sides in float64.
#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "methods/registry.h"
#include "tests/methods/reference_steps.h"
#include "tests/support/tiny_trial.h"

namespace nlb::test {

inline TrialSpec reference_spec(const std::string& method, const Json& options) {
  TrialSpec spec = tiny_spec(method, options);
  spec.recipe.batch_size = kReferenceBatch;
  spec.recipe.optimiser = {.id = OptimiserId::sgd, .learning_rate = 0.1, .weight_decay = 1e-3, .momentum = 0.9};
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

inline void fill_both(Method& method) {
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

inline void check_both_weights(Method& method, const Json& expected) {
  BothNets final([&](size_t number, torch::Tensor& value) {
    CAPTURE(number);
    const auto wanted = torch::tensor(expected[number / 4][number % 4].get<std::vector<double>>(), torch::kFloat64);
    const auto found = value.detach().reshape({-1}).narrow(0, 0, wanted.numel());
    CHECK((found - wanted).abs().max().item<double>() < 1e-9);
  });
  method.visit_state(final);
}

inline void check_losses(const std::vector<double>& losses, const Json& expected) {
  REQUIRE(losses.size() == expected.size());
  for (size_t s = 0; s < losses.size(); ++s) {
    CAPTURE(s);
    CHECK(losses[s] == Approx(expected[s].get<double>()).margin(1e-9).epsilon(0));
  }
}

/// Samples number (5 step + 3 b) mod n of `samples`, b = 0..7; the second view is mirrored.
inline Batch formula_batch(const TrainingSet& set, const std::vector<int64_t>& samples, int64_t step) {
  std::vector<int64_t> positions;
  for (int64_t b = 0; b < kReferenceBatch; ++b) {
    positions.push_back(samples[static_cast<size_t>((5 * step + 3 * b) % std::ssize(samples))]);
  }
  const auto index = torch::tensor(positions, torch::kInt64);
  const auto images = set.images(index);
  return {index, {images, images.flip(3)}, set.labels().index_select(0, index)};
}

}  // namespace nlb::test
