// What methods ask of held-out samples.
#include "training/held_out.h"

#include <catch2/catch.hpp>

#include "tests/methods/trusted_steps.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("A method that asks for held-out samples is refused where there are none with noisy labels",
          "[methods][held_out]") {
  SteppedTrial forward("forward", joined(kAnchor, {{"selected_epoch", "lowest_held_out_loss"}}));
  CHECK_THROWS_WITH(
      show_held_out(*forward.method, nullptr),
      Catch::Contains("selected_epoch: \"lowest_held_out_loss\" needs a held-out part with noisy labels"));
  SteppedTrial last("forward", joined(kAnchor, {{"selected_epoch", "last"}}));
  CHECK_NOTHROW(show_held_out(*last.method, nullptr));
}

TEST_CASE("GCE prunes by the network that was best on held-out noisy labels", "[methods][gce][held_out]") {
  const Json options = {{"q", 0.7}, {"truncation", 0.3}, {"pruning_start_epoch", 3}, {"pruning_interval_epochs", 1}};
  SteppedTrial trial("gce", joined(options, {{"pruning_network", "best_on_held_out"}}), "mlp", 4);
  const EvaluationSet held_out = script_held_out(trial.spec.recipe);
  show_held_out(*trial.method, &held_out);
  const auto right = [&] {
    const torch::NoGradGuard no_gradient;
    const auto scores = trial.method->predict(held_out.images(0, kHeldOut)).front().scores;
    return (scores.argmax(1) == held_out.labels()).sum().item<int64_t>();
  };
  const auto kept = [&] {
    const torch::NoGradGuard no_gradient;
    std::vector<int64_t> all(static_cast<size_t>(trial.set.size()));
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int64_t>(i);
    const Batch batch = batch_of(trial.set, all);
    const auto p = torch::softmax(trial.method->predict(batch.images()).front().scores, 1);
    return (p.gather(1, batch.labels.unsqueeze(1)).squeeze(1) > 0.3).to(torch::kFloat64);
  };
  int64_t most = -1;
  torch::Tensor by_best, by_current;
  for (int64_t epoch = 0; epoch < 2; ++epoch) {
    trial.train_epoch(epoch);
    trial.method->end_epoch(epoch);
    by_current = kept();
    if (right() <= most) continue;
    most = right();
    by_best = by_current;
  }
  REQUIRE_FALSE(torch::equal(by_best, by_current));  // else the choice would not show
  const auto before = trial.state();
  trial.method->begin_epoch(2);
  CHECK(torch::equal(trial.state().at("weights"), by_best));
  for (const std::string& name : kNames) CHECK(torch::equal(trial.state().at("net/" + name), before.at("net/" + name)));
}

}  // namespace
}  // namespace nlb
