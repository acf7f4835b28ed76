// What methods ask of held-out samples.
#include "training/held_out.h"

#include <catch2/catch.hpp>
#include <limits>

#include "tests/methods/trusted_steps.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("A method that asks for held-out samples is not built where none with noisy labels are",
          "[training][held_out]") {
  // What a user reads is the facts' relation (relations_test.cpp); behind it no sample that is not there is asked for.
  SteppedTrial forward("forward", joined(kAnchor, {{"selected_epoch", "lowest_held_out_loss"}}));
  CHECK_THROWS_AS(show_held_out(*forward.method, nullptr), InternalError);
  SteppedTrial last("forward", joined(kAnchor, {{"selected_epoch", "last"}}));
  CHECK_NOTHROW(show_held_out(*last.method, nullptr));
}

/// Cross-entropy of held-out samples in double, each by itself.
double held_out_entropy(const EvaluationSet& part, const torch::Tensor& logits) {
  double sum = 0;
  for (int64_t i = 0; i < part.size(); ++i) {
    const auto row = logits[i] - logits[i].max();
    sum += row.exp().sum().log().item<double>() - row[part.labels()[i].item<int64_t>()].item<double>();
  }
  return sum / static_cast<double>(part.size());
}

/// How often a later epoch's loss was below the lowest so far, and how often not.
struct Turns {
  int64_t falls = 0, rises = 0;
};

void train_and_compare(double learning_rate, Turns& turns) {
  TrialSpec spec = tiny_spec("ce", {{"scored", "lowest_held_out_loss"}});
  spec.recipe.epochs = 12;
  spec.recipe.optimiser.learning_rate = learning_rate;
  spec.data.held_out = {.count = kHeldOut, .labels = HeldOutLabels::noisy, .noise = NoiseDrawn::before_split};
  const TrainingSet set(script_data(), spec.recipe, 1, torch::kCPU, torch::kFloat64);
  const EvaluationSet held_out = script_held_out(spec.recipe);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
  show_held_out(*method, &held_out);
  const auto images = held_out.images(0, held_out.size());
  double lowest = std::numeric_limits<double>::infinity();
  torch::Tensor best;
  for (int64_t epoch = 0; epoch < spec.recipe.epochs; ++epoch) {
    const std::vector<Pass> passes = method->begin_epoch(epoch);
    for (int64_t number = 0; number < set.batches(passes.front().streams.front()); ++number) {
      Step step{.epoch = epoch, .pass = 0, .number = number, .count = 1, .batches = {}};
      step.batches.push_back(set.batch(passes.front().streams.front(), epoch, number));
      method->step(step);
    }
    const torch::NoGradGuard no_gradient;
    method->end_epoch(epoch);
    const auto outputs = method->predict(images);
    REQUIRE(outputs.size() == 2);
    CHECK(outputs[0].name == "lowest held-out loss");
    CHECK(outputs[1].name == "net");
    const double loss = held_out_entropy(held_out, outputs[1].scores);
    if (epoch > 0) ++(loss < lowest ? turns.falls : turns.rises);
    if (loss < lowest) {
      lowest = loss;
      best = outputs[1].scores;
    }
    CHECK(torch::equal(outputs[0].scores, best));
  }
}

TEST_CASE("A loss scores the network of its lowest held-out loss so far, the first of equal ones",
          "[training][held_out]") {
  Turns turns;
  for (const double learning_rate : {1.5, 0.1, 0.01}) train_and_compare(learning_rate, turns);
  CHECK(turns.rises > 0);
  CHECK(turns.falls > 0);
}

TEST_CASE("A loss that scores each epoch shows one output and asks for no held-out part", "[training][held_out]") {
  SteppedTrial trial("ce", Json::object());
  CHECK_NOTHROW(show_held_out(*trial.method, nullptr));
  CHECK(trial.method->predict(trial.set.images(torch::tensor({0}))).size() == 1);
}

}  // namespace
}  // namespace nlb
