// The complex noise adaptation layer: the card's values, whole trainings, and stopping early.
#include "methods/noise_channel.h"
#include "tests/methods/stages.h"
#include "tests/methods/vectors.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("The complex channel has the card's values and gradients", "[methods][noise_adaptation]") {
  const auto bias = (torch::eye(4, kDouble) * (0.54 - 0.46 / 3) + 0.46 / 3).log();
  const auto features = torch::tensor({{1., -.5}, {.2, .3}, {-1., .8}}, kDouble);
  auto weight = torch::empty({4, 4, 2}, kDouble);
  for (int64_t i = 0; i < 4; ++i) {
    for (int64_t j = 0; j < 4; ++j) {
      for (int64_t d = 0; d < 2; ++d) {
        weight[i][j][d] = .1 * static_cast<double>(i - j) + .05 * static_cast<double>(d * (i + 1));
      }
    }
  }
  const auto losses = [&](const torch::Tensor& u) {
    return channel_losses(logits_f(), complex_channel(u, bias, features, labels_f()));
  };
  check_close(losses(weight), {1.582671358, 1.014133550, 1.683805438});
  check_close(losses(weight).mean(), {1.426870115});
  const auto mean = [&](const auto& u) { return losses(u).mean(); };
  const auto slope = gradient(mean, weight);
  check_close(slope[0][0], {0.136608869, -0.077084788});
  check_close(slope[0][2], {-0.152107299, 0.081453874});
  check_gradient(mean, weight);
  check_gradient(
      [&](const auto& h) { return channel_losses(logits_f(), complex_channel(weight, bias, h, labels_f())).mean(); },
      features);
}

TEST_CASE("The complex model's three trainings agree with an independent implementation",
          "[methods][noise_adaptation][training]") {
  check_stages({"noise_adaptation", {{"confusion_floor", 1e-8}}, {"noisy", "simple", "complex"}});
}

TEST_CASE("A training stops once its held-out loss has not fallen for its patience, the next one goes on",
          "[methods][noise_adaptation]") {
  TrialSpec spec = tiny_spec("noise_adaptation", {{"confusion_floor", 1e-8}, {"patience", 2}});
  spec.recipe.epochs = 30;
  spec.recipe.optimiser.learning_rate = 0.5;
  spec.data.held_out = {
      .count = kHeldOut, .labels = HeldOutLabels::noisy, .stratified = false, .noise = NoiseDrawn::before_split};
  const TrainingSet set(script_data(), spec.recipe, 1, torch::kCPU, torch::kFloat64);
  const EvaluationSet held_out = script_held_out(spec.recipe);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
  show_held_out(*method, &held_out);
  REQUIRE(method->epochs() == 90);
  std::vector<bool> trained;
  for (int64_t epoch = 0; epoch < method->epochs(); ++epoch) {
    const std::vector<Pass> passes = method->begin_epoch(epoch);
    trained.push_back(!passes.empty());
    for (const Pass& pass : passes) {
      const int64_t count = set.batches(pass.streams.front());
      for (int64_t number = 0; number < count; ++number) {
        Step step{.epoch = epoch, .pass = 0, .number = number, .count = count, .batches = {}};
        step.batches.push_back(set.batch(pass.streams.front(), epoch, number));
        method->step(step);
      }
    }
    const torch::NoGradGuard no_gradient;
    method->end_epoch(epoch);
  }
  for (size_t stage = 0; stage < 3; ++stage) {
    CAPTURE(stage);
    const auto first = trained.begin() + static_cast<std::ptrdiff_t>(30 * stage), last = first + 30;
    CHECK(*first);
    CHECK(std::is_sorted(first, last, std::greater<>()));  // once stopped, it stays so
    CHECK(std::count(first, last, true) >= 3);             // a first lowest loss and two epochs of patience
    CHECK(std::count(first, last, true) < 30);
  }
}

}  // namespace
}  // namespace nlb
