// Co-teaching, Co-teaching+ and Decoupling: who is kept, and what is then minimised. Vectors of the method cards.
#include <algorithm>
#include <catch2/catch.hpp>

#include "methods/co_teaching.h"
#include "methods/co_teaching_plus.h"
#include "methods/decoupling.h"
#include "methods/registry.h"
#include "tests/support/tiny_trial.h"
#include "training/losses.h"

namespace nlb {
namespace {

const auto kDouble = torch::TensorOptions().dtype(torch::kFloat64);

Approx near(double value, double margin = 1e-9) { return Approx(value).margin(margin).epsilon(0); }

torch::Tensor everyone(const torch::Tensor& losses) { return torch::ones_like(losses, torch::kBool); }

/// Places of the ones.
std::vector<int64_t> chosen(const torch::Tensor& weights) {
  std::vector<int64_t> places;
  for (int64_t i = 0; i < weights.size(0); ++i) {
    if (weights[i].item<double>() != 0) places.push_back(i);
  }
  return places;
}

/// The first `count` samples in the order of their ranks.
std::vector<int64_t> first(const torch::Tensor& ranks, int64_t count) {
  const auto order = ranks.argsort();
  std::vector<int64_t> places;
  for (int64_t i = 0; i < count; ++i) places.push_back(order[i].item<int64_t>());
  return places;
}

double mean_of_kept(const torch::Tensor& weights, const torch::Tensor& losses, const Exchange& taught,
                    LossScale scale) {
  return ((weights * losses).sum() / divisor(taught.kept, scale, torch::kFloat64)).item<double>();
}

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

TEST_CASE("Samples of equal loss are kept in the order of the batch", "[methods][co_teaching]") {
  const auto losses = torch::tensor({1., .5, .5, 2., .5}, kDouble);
  CHECK(first(loss_ranks(losses, everyone(losses)), 5) == std::vector<int64_t>{1, 2, 4, 0, 3});
  const auto some = torch::tensor({true, false, true, true, true});
  CHECK(first(loss_ranks(losses, some), 5) == std::vector<int64_t>{2, 4, 0, 3, 1});
}

TEST_CASE("The kept number follows the ramp of the card", "[methods][co_teaching]") {
  const ForgetSchedule schedule{.rate = .2, .exponent = 1, .ramp_epochs = 10, .first_epoch = 0};
  const std::vector<int64_t> expected = {128, 125, 122, 119, 116, 113, 110, 108, 105, 102, 102};
  for (size_t epoch = 0; epoch < expected.size(); ++epoch) {
    CAPTURE(epoch);
    const double forgotten = forget_rate(schedule, static_cast<int64_t>(epoch));
    CHECK(kept_count(torch::tensor(128, torch::kInt64), forgotten).item<int64_t>() == expected[epoch]);
  }
  const ForgetSchedule bent{.rate = .2, .exponent = 2, .ramp_epochs = 5, .first_epoch = 1};
  CHECK(forget_rate(bent, 0) == near(.01));
  CHECK(forget_rate(bent, 3) == near(.04));
  CHECK(forget_rate(bent, 4) == .2);  // the rate itself once the ramp is over, as released
  CHECK(kept_count(torch::tensor(1, torch::kInt64), .9).item<int64_t>() == 1);
  CHECK(kept_count(torch::tensor(0, torch::kInt64), .9).item<int64_t>() == 0);
}

/// The batch of the card of Co-teaching+.
const auto kLogits1 = torch::tensor(
    {{2., 0., 0.}, {0., 1., 0.}, {0., .2, .1}, {1., .9, 0.}, {0., 0., 3.}, {.3, .1, .2}, {.5, 1.5, 0.}, {0., .4, .6}},
    kDouble);
const auto kLogits2 = torch::tensor(
    {{1., 1.2, 0.}, {0., 2., 0.}, {.5, .1, .1}, {.8, 1., 0.}, {0., 0., 1.}, {.1, .2, .5}, {.2, .9, 0.}, {.7, .3, .1}},
    kDouble);
const auto kLabels = torch::tensor({0, 1, 2, 0, 2, 2, 1, 0}, torch::kInt64);

TEST_CASE("Co-teaching+ exchanges among disagreeing samples as on its card", "[methods][co_teaching_plus]") {
  const auto candidates = disagreement(kLogits1, kLogits2);
  CHECK(chosen(candidates.to(torch::kInt64)) == std::vector<int64_t>{0, 2, 3, 5, 7});
  struct Row {
    bool softmax_twice;
    double loss1, loss2;
  };
  const auto row = GENERATE(values<Row>({{false, .9344466883, 1.0613858726}, {true, .3336416694, .3630874127}}));
  CAPTURE(row.softmax_twice);
  // Rounded as on the card: network 1's losses of samples 2 and 5 are equal, but for their last bits.
  const auto losses = [&](const torch::Tensor& logits) {
    return cross_entropy(row.softmax_twice ? torch::softmax(logits, 1) : logits, kLabels).mul(1e12).round() / 1e12;
  };
  const auto l1 = losses(kLogits1), l2 = losses(kLogits2);
  CHECK(first(loss_ranks(l1, candidates), 3) == std::vector<int64_t>{0, 3, 2});
  CHECK(first(loss_ranks(l2, candidates), 3) == std::vector<int64_t>{7, 5, 0});
  const Exchange taught = exchange_small_losses(l1, l2, candidates, .4);
  const auto scale = row.softmax_twice ? LossScale::mean_over_kept_twice : LossScale::mean;
  CHECK(mean_of_kept(taught.weights[0], l1, taught, scale) == near(row.loss1));
  CHECK(mean_of_kept(taught.weights[1], l2, taught, scale) == near(row.loss2));
}

TEST_CASE("Where nobody disagrees nothing is kept, and the loss is zero", "[methods][co_teaching_plus]") {
  const auto l1 = cross_entropy(kLogits1, kLabels);
  const Exchange taught = exchange_small_losses(l1, l1, disagreement(kLogits1, kLogits1), .4);
  CHECK(taught.kept.item<int64_t>() == 0);
  CHECK(mean_of_kept(taught.weights[0], l1, taught, LossScale::mean) == 0);
}

TEST_CASE("The sum of both networks' logits is scored where the option says so", "[methods][co_teaching]") {
  const auto* id = GENERATE("co_teaching", "co_teaching_plus");
  const Json all = {{"co_teaching",
                     {{"forget_rate", 0.2},
                      {"forget_exponent", 1},
                      {"forget_ramp_epochs", 3},
                      {"first_epoch", 0},
                      {"loss_scale", "mean"}}},
                    {"co_teaching_plus",
                     {{"init_epochs", 1},
                      {"forget_rate", 0.2},
                      {"forget_ramp_epochs", 3},
                      {"first_epoch", 0},
                      {"disagreement_loss", "logits"},
                      {"loss_scale", "mean"}}}};
  const auto outputs = [&](const char* scored) {
    Json options = all.at(id);
    if (scored != nullptr) options["scored"] = scored;
    const TrialSpec spec = test::tiny_spec(id, options);
    const TrainingData data = test::tiny_data();
    const TrainingSet set(data, spec.recipe, 1, torch::kCPU, torch::kFloat64);
    const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
    const torch::NoGradGuard no_gradient;
    return method->predict(set.images(torch::arange(5, torch::kInt64)));
  };
  const auto alone = outputs(nullptr), first = outputs("first_network"), both = outputs("ensemble");
  REQUIRE(alone.size() == 2);
  CHECK(alone.front().name == "net1");
  CHECK(torch::equal(alone.front().scores, first.front().scores));
  REQUIRE(both.size() == 3);
  CHECK(both.front().name == "ensemble");
  CHECK(torch::equal(both.front().scores, alone[0].scores + alone[1].scores));
  CHECK_FALSE(torch::equal(alone[0].scores, alone[1].scores));
}

TEST_CASE("Decoupling's loss has the card's value and the floor under its divisor", "[methods][decoupling]") {
  const auto l1 = cross_entropy(kLogits1, kLabels);
  const auto weights = disagreement(kLogits1, kLogits2).to(torch::kFloat64);
  CHECK(disagreement_loss(l1, weights, .1).item<double>() == near(.9452517767));
  CHECK(disagreement_loss(l1, weights, 1).item<double>() == near(.9452517767 * 5 / 8));
  CHECK(disagreement_loss(l1, torch::zeros_like(l1), .1).item<double>() == 0);
}

/// Losses of `steps` steps on the whole tiny set, in float64.
std::vector<double> tiny_losses(const std::string& method, const Json& options, int64_t steps) {
  const TrialSpec spec = test::tiny_spec(method, options);
  const TrainingSet set(test::tiny_data(), spec.recipe, 4, torch::kCPU, torch::kFloat64);
  const auto made = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
  std::vector<double> losses;
  for (int64_t s = 0; s < steps; ++s) {
    const Pass pass = made->begin_epoch(s).front();
    Step step{.epoch = s, .pass = 0, .number = 0, .count = 1, .batches = {}};
    step.batches.push_back(set.batch(pass.streams.front(), s, 0));
    losses.push_back(made->step(step).losses.front().second.item<double>());
  }
  return losses;
}

TEST_CASE("Co-teaching+ is Co-teaching until its first epochs are over", "[methods][co_teaching_plus]") {
  const Json shared = {{"forget_rate", .3}, {"forget_ramp_epochs", 3}, {"first_epoch", 0}, {"loss_scale", "mean"}};
  Json plain = shared, plus = shared;
  plain["forget_exponent"] = 1;
  plus["init_epochs"] = 4;
  plus["disagreement_loss"] = "logits";
  const auto taught = tiny_losses("co_teaching", plain, 6), disagreeing = tiny_losses("co_teaching_plus", plus, 6);
  for (size_t s = 0; s < 4; ++s) CHECK(taught[s] == disagreeing[s]);
  CHECK(taught[4] != disagreeing[4]);
}

TEST_CASE("A late beta1 moves Adam and is refused by SGD", "[methods][co_teaching]") {
  Json options = {{"forget_rate", .3},    {"forget_exponent", 1},  {"forget_ramp_epochs", 3}, {"first_epoch", 0},
                  {"loss_scale", "mean"}, {"late_beta1_epoch", 2}, {"late_beta1", .1}};
  const auto early = tiny_losses("co_teaching", options, 5);
  options["late_beta1"] = .9;
  const auto never = tiny_losses("co_teaching", options, 5);
  for (size_t s = 0; s < 3; ++s) CHECK(early[s] == never[s]);
  CHECK(early[3] != never[3]);

  TrialSpec spec = test::tiny_spec("co_teaching", options);
  spec.recipe.optimiser = {.id = "sgd", .learning_rate = 0.1};
  const TrainingSet set(test::tiny_data(), spec.recipe, 4, torch::kCPU);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU});
  CHECK_THROWS_AS(method->begin_epoch(2), InputError);
}

}  // namespace
}  // namespace nlb
