// Whole training steps against tests/methods/reference_training.py, an independent implementation: both sides in
// float64.
#include <catch2/catch.hpp>

#include "core/json.h"
#include "methods/method.h"
#include "tests/support/tiny_trial.h"

namespace nlb {
namespace {

constexpr int64_t kSamples = 40, kBatch = 8, kPixels = 64, kSteps = 20, kStepsPerEpoch = 5;

TrainingData reference_data() {
  TrainingData data;
  data.dataset.classes = 4;
  data.dataset.train = {.count = kSamples, .channels = 1, .height = 8, .width = 8, .pixels = {}, .labels = {}};
  for (int64_t i = 0; i < kSamples; ++i) {
    for (int64_t p = 0; p < kPixels; ++p) {
      data.dataset.train.pixels.push_back(static_cast<uint8_t>((37 * i + 101 * p + 17 * (i * p % 13)) % 256));
    }
    data.train_index.push_back(i);
    data.given.push_back(7 * i % 4);
  }
  data.clean = data.dataset.train.labels = data.given;
  return data;
}

/// Puts the script's initial weights into a method, and reads weights out, by the names of the state.
class Weights final : public StateVisitor {
 public:
  explicit Weights(bool fill) : fill_(fill) {}
  void tensor(const std::string& name, torch::Tensor& value) override {
    const std::vector<std::string> names = {"net/fc1.weight", "net/fc1.bias", "net/fc2.weight", "net/fc2.bias"};
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return;
    const auto parameter = found - names.begin();
    if (fill_) {
      std::vector<double> initial;
      for (int64_t e = 0; e < value.numel(); ++e) {
        initial.push_back(static_cast<double>((7919 * e + 104729 * parameter) % 2003 - 1001) / 1001 * 0.1);
      }
      value.detach().copy_(torch::tensor(initial, torch::kFloat64).view(value.sizes()));
    }
    values[name] = value.detach().reshape({-1});
  }
  void integer(const std::string&, int64_t&) override {}
  void number(const std::string&, double&) override {}
  std::map<std::string, torch::Tensor> values;

 private:
  bool fill_;
};

std::vector<double> train(Method& method, const TrainingSet& set) {
  std::vector<double> losses;
  for (int64_t s = 0; s < kSteps; ++s) {
    const int64_t epoch = s / kStepsPerEpoch;
    if (s % kStepsPerEpoch == 0) method.begin_epoch(epoch);
    std::vector<int64_t> positions;
    for (int64_t b = 0; b < kBatch; ++b) positions.push_back((5 * s + 3 * b) % kSamples);
    const auto index = torch::tensor(positions, torch::kInt64);
    Step step{.epoch = epoch, .pass = 0, .number = s % kStepsPerEpoch, .count = kStepsPerEpoch, .batches = {}};
    step.batches.push_back({index, {set.images(index)}, set.labels().index_select(0, index)});
    losses.push_back(method.step(step).losses.front().second.item<double>());
  }
  return losses;
}

TEST_CASE("Twenty steps of every method here agree with an independent implementation", "[methods][training]") {
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
                   {"elr", "elr", {{"lambda", 3}, {"beta", 0.7}}}}));
  CAPTURE(row.name);
  Problems problems;
  const Json expected =
      JsonNode::read_file(std::filesystem::path(NLB_SOURCE_DIR) / "tests/methods/training_reference.json", problems)
          .raw()
          .at(row.name);
  TrialSpec spec = test::tiny_spec(row.method, row.options);
  spec.recipe.optimiser = {.id = "sgd", .learning_rate = 0.1, .weight_decay = 1e-3, .momentum = 0.9};
  const TrainingSet set(reference_data(), spec.recipe, 1, torch::kCPU, torch::kFloat64);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
  {
    const torch::NoGradGuard no_gradient;
    Weights initial(true);
    method->visit_state(initial);
  }
  const auto losses = train(*method, set);
  for (size_t s = 0; s < losses.size(); ++s) {
    CAPTURE(s);
    CHECK(losses[s] == Approx(expected["losses"][s].get<double>()).margin(1e-9));
  }
  Weights final(false);
  method->visit_state(final);
  const char* const names[] = {"net/fc1.weight", "net/fc1.bias", "net/fc2.weight", "net/fc2.bias"};
  for (size_t j = 0; j < 4; ++j) {
    const auto wanted = torch::tensor(expected["weights"][j].get<std::vector<double>>(), torch::kFloat64);
    const auto found = final.values.at(names[j]).narrow(0, 0, wanted.numel());
    CAPTURE(names[j]);
    CHECK((found - wanted).abs().max().item<double>() < 1e-9);
  }
}

}  // namespace
}  // namespace nlb
