// tests/methods/reference_steps.h -- data and steps that reference_training.py and lenet_training.py write out in
// Python: images, labels and batches by integer formulas.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/json.h"
#include "datasets/training_data.h"
#include "tests/support/pixels.h"
#include "training/method.h"

namespace nlb::test {

inline constexpr int64_t kReferenceSamples = 40, kReferenceBatch = 8, kReferenceStepsPerEpoch = 5;

/// Pixel p of image i = (37 i + 101 p + 17 (i p mod 13)) mod 256; label of i = 7 i mod classes.
inline TrainingData reference_data(int64_t side, int64_t classes) {
  TrainingData data;
  data.dataset.classes = classes;
  PixelSet train{.count = kReferenceSamples, .channels = 1, .height = side, .width = side, .pixels = {}, .labels = {}};
  for (int64_t i = 0; i < kReferenceSamples; ++i) {
    for (int64_t p = 0; p < side * side; ++p) {
      train.pixels.push_back(static_cast<uint8_t>((37 * i + 101 * p + 17 * (i * p % 13)) % 256));
    }
    data.train_index.push_back(i);
    data.given.push_back(7 * i % classes);
  }
  data.clean = train.labels = data.given;
  data.dataset.train = train;
  return data;
}

/// Losses of the first `steps` steps: step s trains images (5 s + 3 b) mod 40, b = 0..7, in epoch s / 5.
inline std::vector<double> reference_steps(Method& method, const TrainingSet& set, int64_t steps) {
  std::vector<double> losses;
  for (int64_t s = 0; s < steps; ++s) {
    const int64_t epoch = s / kReferenceStepsPerEpoch;
    if (s % kReferenceStepsPerEpoch == 0) method.begin_epoch(epoch);
    std::vector<int64_t> positions;
    for (int64_t b = 0; b < kReferenceBatch; ++b) positions.push_back((5 * s + 3 * b) % kReferenceSamples);
    const auto index = torch::tensor(positions, torch::kInt64);
    Step step{.epoch = epoch,
              .pass = 0,
              .number = s % kReferenceStepsPerEpoch,
              .count = kReferenceStepsPerEpoch,
              .batches = {}};
    step.batches.push_back({index, {set.images(index)}, set.labels().index_select(0, index)});
    losses.push_back(method.step(step).losses.front().second.item<double>());
  }
  return losses;
}

inline Json reference_of(const std::string& file, const std::string& row) {
  Problems problems;
  return JsonNode::read_file(std::filesystem::path(NLB_SOURCE_DIR) / "tests/methods" / file, problems).raw().at(row);
}

/// Shows the parameters of a method's state ("net/...") to `visit` and takes what it puts in their place.
class ParameterVisitor final : public StateVisitor {
 public:
  explicit ParameterVisitor(std::function<void(const std::string&, torch::Tensor&)> visit) : visit_(std::move(visit)) {}
  void tensor(const std::string& name, torch::Tensor& value) override {
    if (name.starts_with("net/") && (name.ends_with(".weight") || name.ends_with(".bias"))) visit_(name, value);
  }
  void integer(const std::string&, int64_t&) override {}
  void number(const std::string&, double&) override {}

 private:
  std::function<void(const std::string&, torch::Tensor&)> visit_;
};

}  // namespace nlb::test
