// mixup: the loss of the card, and a step with both labels.
#include "methods/mixup.h"

#include "methods/registry.h"
#include "tests/methods/reference_steps.h"
#include "tests/methods/vectors.h"
#include "tests/support/tiny_trial.h"
#include "training/losses.h"
#include "training/mixing.h"
#include "training/soft_targets.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("Mixed losses and images have the card's values and equal soft-target cross-entropy", "[methods][mixup]") {
  const auto z = torch::tensor({{1.2, -0.3, 0.4}, {0.1, 0.9, -1.0}}, kDouble);
  const auto first = torch::tensor({0, 1}, torch::kInt64), second = torch::tensor({2, 0}, torch::kInt64);
  check_close(cross_entropy(z, first), {0.5142950728, 0.4693143814}, 1e-10);
  check_close(cross_entropy(z, second), {1.3142950728, 1.2693143814}, 1e-10);
  const auto loss = [&](const auto& x) { return mixed_cross_entropy(x, first, second, 0.7).mean(); };
  CHECK(loss(z).item<double>() == near(0.7318047271, 1e-10));
  const auto targets = 0.7 * one_hot(first, 3, torch::kFloat64) + 0.3 * one_hot(second, 3, torch::kFloat64);
  CHECK(soft_cross_entropy(z, targets).mean().item<double>() == near(0.7318047271, 1e-10));
  check_gradient(loss, z);
  const auto images = torch::tensor({{0.2, 0.8, 0.5}, {1.0, 0.0, 0.25}}, kDouble);
  check_close(mix(images, 0.7, torch::tensor({1, 0}))[0], {0.44, 0.56, 0.425}, 1e-15);
}

TEST_CASE("A step of mixup trains on mixed images and both labels", "[methods][mixup]") {
  const TrialSpec spec = tiny_spec("mixup", {{"alpha", 1}});
  const TrainingSet set(reference_data(8, 4), spec.recipe, 1, torch::kCPU, torch::kFloat64);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
  const auto index = torch::arange(5, 12, torch::kInt64);
  Step step{.epoch = 2, .pass = 0, .number = 3, .count = 5, .batches = {}};
  step.batches.push_back({index, {set.images(index)}, set.labels().index_select(0, index)});

  const auto mixing = draw_row_mixing(derive(spec.seeds.train, "mix"), 2, 3, 7, 1, torch::kCPU);
  const auto& pairs = mixing.order;
  const auto images = step.batch().images(), labels = step.batch().labels;
  const torch::Tensor z = [&] {
    const torch::NoGradGuard no_gradient;
    return method->predict(mixing.weight * images + (1 - mixing.weight) * images.index_select(0, pairs))[0].scores;
  }();
  const auto targets = mixing.weight * one_hot(labels, 4, torch::kFloat64) +
                       (1 - mixing.weight) * one_hot(labels.index_select(0, pairs), 4, torch::kFloat64);
  const StepLog log = method->step(step);
  CHECK(log.losses.front().second.item<double>() == near(soft_cross_entropy(z, targets).mean().item<double>(), 1e-12));
  CHECK((log.sample_loss - cross_entropy(z, labels)).abs().max().item<double>() < 1e-12);
  CHECK(torch::equal(log.index, index));
}

}  // namespace
}  // namespace nlb
