// tests/methods/trusted_steps.h -- the images, batches and held-out part of trusted_training.py, and a trial on them
// whose state can be looked at.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "methods/registry.h"
#include "tests/methods/reference_steps.h"
#include "tests/support/pixels.h"
#include "tests/support/tiny_trial.h"
#include "training/method.h"

namespace nlb::test {

inline constexpr int64_t kClasses = 4, kFirstTrusted = 24, kTrustedBatch = 4, kStepsPerEpoch = 5, kHeldOut = 12;
inline const std::vector<std::string> kNames = {"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"};

/// The script's images; the last 16 are trusted, every third of the others has a wrong label.
inline TrainingData script_data() {
  TrainingData data = reference_data(8, kClasses);
  for (int64_t i = 0; i < data.size(); ++i) {
    if (i >= kFirstTrusted) data.trusted.push_back(i);
    auto& given = data.given[static_cast<size_t>(i)];
    if (i < kFirstTrusted && i % 3 == 0) given = (given + 1) % kClasses;
  }
  return data;
}

/// The script's held-out images, behind those of script_data.
inline EvaluationSet script_held_out(const RecipeSpec& recipe) {
  PixelSet images{.count = kHeldOut, .channels = 1, .height = 8, .width = 8, .pixels = {}, .labels = {}};
  std::vector<int64_t> index, noisy;
  for (int64_t i = kReferenceSamples; i < kReferenceSamples + kHeldOut; ++i) {
    for (int64_t p = 0; p < 64; ++p) {
      images.pixels.push_back(static_cast<uint8_t>((37 * i + 101 * p + 17 * (i * p % 13)) % 256));
    }
    index.push_back(std::ssize(index));
    noisy.push_back((7 * i + (i % 2 == 0 ? 1 : 0)) % kClasses);
  }
  images.labels = noisy;
  const ImageSet stored = images;
  return {{stored.images, index}, noisy, recipe.normalisation, torch::kCPU, torch::kFloat64};
}

/// The state by name; weights of the network "<learner>/..." are replaced on request.
class StateReader final : public StateVisitor {
 public:
  void tensor(const std::string& name, torch::Tensor& value) override {
    tensors[name] = value.detach().clone();
    const auto slash = name.find('/');
    if (training < 0 || name.substr(0, slash) != learner) return;
    const auto found = std::find(kNames.begin(), kNames.end(), name.substr(slash + 1));
    if (found != kNames.end()) fill(found - kNames.begin(), value);
  }
  void integer(const std::string&, int64_t&) override {}
  void number(const std::string& name, double& value) override { numbers[name] = value; }

  std::string learner;
  int64_t training = -1;  ///< the script's number of the training whose initial weights are wanted
  std::map<std::string, torch::Tensor> tensors;
  std::map<std::string, double> numbers;

 private:
  void fill(int64_t parameter, torch::Tensor& value) const {
    std::vector<double> initial;
    for (int64_t e = 0; e < value.numel(); ++e) {
      initial.push_back(static_cast<double>((7919 * e + 104729 * parameter + 1009 * training) % 2003 - 1001) / 1001 *
                        0.1);
    }
    value.detach().copy_(torch::tensor(initial, torch::kFloat64).view(value.sizes()));
  }
};

inline void set_weights(Method& method, const std::string& learner, int64_t training) {
  const torch::NoGradGuard no_gradient;
  StateReader reader;
  reader.learner = learner;
  reader.training = training;
  method.visit_state(reader);
}

inline Batch batch_of(const TrainingSet& set, const std::vector<int64_t>& positions) {
  const auto index = torch::tensor(positions, torch::kInt64);
  return {index, {set.images(index)}, set.labels().index_select(0, index)};
}

/// The script's batches of step s of a training over the pass's own samples.
inline std::vector<Batch> batches_at(const TrainingSet& set, const Pass& pass, int64_t s) {
  std::vector<int64_t> all;
  for (int64_t i = 0; i < set.size(); ++i) all.push_back(i);
  const std::vector<int64_t> samples = pass.streams.front().samples.value_or(all);
  std::vector<int64_t> positions, trusted;
  for (int64_t b = 0; b < kReferenceBatch; ++b) {
    positions.push_back(samples[static_cast<size_t>((5 * s + 3 * b) % std::ssize(samples))]);
  }
  std::vector<Batch> batches;
  batches.reserve(2);
  batches.push_back(batch_of(set, positions));
  for (int64_t b = 0; b < kTrustedBatch && pass.streams.size() > 1; ++b) {
    trusted.push_back(set.trusted()[static_cast<size_t>((3 * s + b) % std::ssize(set.trusted()))]);
  }
  if (!trusted.empty()) batches.push_back(batch_of(set, trusted));
  return batches;
}

inline const Json kAnchor = {{"anchor", "percentile"},
                             {"anchor_percentile", 80},
                             {"anchor_zeroes_stay", true},
                             {"normalise_rows", true},
                             {"second_stage_weights", "new"}};
inline const Json kGold = {{"second_stage_weights", "new"}, {"trusted_pass", "separate"}, {"divisor", "nominal_batch"}};

inline Json joined(Json left, const Json& right) {
  left.update(right);
  return left;
}

struct SteppedTrial {
  explicit SteppedTrial(const std::string& name, const Json& options, const std::string& net = "mlp",
                        int64_t epochs = 1)
      : spec(spec_of(name, options, net, epochs)),
        set(script_data(), spec.recipe, 1, torch::kCPU, torch::kFloat64),
        method(make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64})) {}

  static TrialSpec spec_of(const std::string& name, const Json& options, const std::string& net, int64_t epochs) {
    TrialSpec spec = tiny_spec(name, options);
    spec.recipe.epochs = epochs;
    spec.recipe.batch_size = kReferenceBatch;
    if (ask_held_out(options)) {
      spec.data.held_out = {
          .count = kHeldOut, .labels = HeldOutLabels::noisy, .stratified = false, .noise = NoiseDrawn::before_split};
    }
    if (net != "mlp") {
      spec.net = {.id = net, .options = Json::object(), .initialisation = "torch_default"};
      spec.recipe.optimiser = {.id = OptimiserId::sgd, .learning_rate = 0.1};
    }
    return spec;
  }
  void train_epoch(int64_t epoch) {
    const std::vector<Pass> passes = method->begin_epoch(epoch);
    for (int64_t number = 0; number < kStepsPerEpoch; ++number) {
      Step step{.epoch = epoch, .pass = 0, .number = number, .count = kStepsPerEpoch, .batches = {}};
      step.batches = batches_at(set, passes.front(), number);
      method->step(step);
    }
  }
  std::map<std::string, torch::Tensor> state() {
    StateReader reader;
    method->visit_state(reader);
    return reader.tensors;
  }

  TrialSpec spec;
  TrainingSet set;
  std::unique_ptr<Method> method;
};

}  // namespace nlb::test
