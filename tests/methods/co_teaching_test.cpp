// Co-teaching: who is kept on the card and in the authors' code, a late beta1, and whole trainings.
#include "methods/co_teaching.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "tests/methods/authors_vectors.h"
#include "tests/methods/two_nets.h"
#include "tests/methods/two_nets_steps.h"
#include "tests/methods/vectors.h"
#include "training/losses.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("Co-teaching exchanges the samples of small loss as on its card", "[methods][co_teaching]") {
  const auto l1 = torch::tensor({.12, 2.31, .55, 1.75, .08, .91, 3.02, .43}, kDouble);
  const auto l2 = torch::tensor({.30, 1.10, .20, 2.60, .05, 1.95, .77, .64}, kDouble);
  struct Row {
    double forgotten;
    std::vector<int64_t> first1, first2;
    double loss1, loss2;
  };
  const auto row = GENERATE(values<Row>({{.2, {4, 0, 7, 2, 5, 3}, {4, 2, 0, 7, 6, 1}, 1.0850000000, .9566666667},
                                         {.45, {4, 0, 7, 2}, {4, 2, 0, 7}, .2950000000, .2975000000}}));
  CAPTURE(row.forgotten);
  const auto count = static_cast<int64_t>(row.first1.size());
  CHECK(first(loss_ranks(l1, everyone(l1)), count) == row.first1);
  CHECK(first(loss_ranks(l2, everyone(l2)), count) == row.first2);
  const Exchange taught = exchange_small_losses(l1, l2, everyone(l1), row.forgotten);
  CHECK(taught.kept.item<int64_t>() == count);
  auto peers = row.first2;
  std::sort(peers.begin(), peers.end());
  CHECK(chosen(taught.weights[0]) == peers);
  const auto twice = LossScale::mean_over_kept_twice;
  CHECK(mean_of_kept(taught.weights[0], l1, taught, LossScale::mean) == near(row.loss1));
  CHECK(mean_of_kept(taught.weights[1], l2, taught, LossScale::mean) == near(row.loss2));
  CHECK(mean_of_kept(taught.weights[0], l1, taught, twice) == near(row.loss1 / static_cast<double>(count)));
}

TEST_CASE("Co-teaching: the networks exchange their small losses as in the authors' code",
          "[methods][co_teaching][authors]") {
  const auto* id = GENERATE("co_teaching/0", "co_teaching/1", "co_teaching/2");
  const Vector vector(id);
  CAPTURE(id);
  const auto labels = vector.classes("labels");
  check_exchange(vector, torch::ones_like(labels, torch::kBool),
                 [&](const torch::Tensor& logits) { return cross_entropy(logits, labels); });
}

TEST_CASE("Co-teaching scores the sum of both networks' logits where the option says so", "[methods][co_teaching]") {
  check_ensemble("co_teaching", {{"forget_rate", 0.2},
                                 {"forget_exponent", 1},
                                 {"forget_ramp_epochs", 3},
                                 {"first_epoch", 0},
                                 {"loss_scale", "mean"}});
}

TEST_CASE("A late beta1 moves Adam and is refused by SGD", "[methods][co_teaching]") {
  Json options = {{"forget_rate", .3},    {"forget_exponent", 1},  {"forget_ramp_epochs", 3}, {"first_epoch", 0},
                  {"loss_scale", "mean"}, {"late_beta1_epoch", 2}, {"late_beta1", .1}};
  const auto early = tiny_losses("co_teaching", options, 5);
  options["late_beta1"] = .9;
  const auto never = tiny_losses("co_teaching", options, 5);
  for (size_t s = 0; s < 3; ++s) CHECK(early[s] == never[s]);
  CHECK(early[3] != never[3]);

  TrialSpec spec = tiny_spec("co_teaching", options);
  spec.recipe.optimiser = {.id = OptimiserId::sgd, .learning_rate = 0.1};
  const TrainingSet set(tiny_data(), spec.recipe, 4, torch::kCPU);
  CHECK_THROWS_AS(make_method({.spec = spec, .set = set, .device = torch::kCPU}), InputError);
}

TEST_CASE("Twenty steps of Co-teaching agree with an independent implementation", "[methods][co_teaching][training]") {
  const auto [row, scale] = GENERATE(
      table<std::string, std::string>({{"co_teaching", "mean"}, {"co_teaching_twice", "mean_over_kept_twice"}}));
  CAPTURE(row);
  const Json expected = reference_of("two_nets_training.json", row);
  const TrialSpec spec = reference_spec("co_teaching", {{"forget_rate", 0.4},
                                                        {"forget_exponent", 1},
                                                        {"forget_ramp_epochs", 3},
                                                        {"first_epoch", 0},
                                                        {"loss_scale", scale}});
  const TrainingSet set(reference_data(8, 4), spec.recipe, 1, torch::kCPU, torch::kFloat64);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
  fill_both(*method);
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
  check_both_weights(*method, expected["weights"]);
}

}  // namespace
}  // namespace nlb
