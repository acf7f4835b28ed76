// tests/methods/two_nets.h -- who is kept by two networks that teach each other, and the batch of the card of
// Co-teaching+.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "methods/registry.h"
#include "tests/methods/authors_vectors.h"
#include "tests/support/tiny_trial.h"
#include "training/small_loss.h"
#include "training/two_nets.h"

namespace nlb::test {

inline torch::Tensor everyone(const torch::Tensor& losses) { return torch::ones_like(losses, torch::kBool); }

/// Places of the ones.
inline std::vector<int64_t> chosen(const torch::Tensor& weights) {
  std::vector<int64_t> places;
  for (int64_t i = 0; i < weights.size(0); ++i) {
    if (weights[i].item<double>() != 0) places.push_back(i);
  }
  return places;
}

/// The first `count` samples in the order of their ranks.
inline std::vector<int64_t> first(const torch::Tensor& ranks, int64_t count) {
  const auto order = ranks.argsort();
  std::vector<int64_t> places;
  for (int64_t i = 0; i < count; ++i) places.push_back(order[i].item<int64_t>());
  return places;
}

inline double mean_of_kept(const torch::Tensor& weights, const torch::Tensor& losses, const Exchange& taught,
                           LossScale scale) {
  return ((weights * losses).sum() / divisor(taught.kept, scale, torch::kFloat64)).item<double>();
}

/// The batch of the card of Co-teaching+.
inline const auto kLogits1 = torch::tensor(
    {{2., 0., 0.}, {0., 1., 0.}, {0., .2, .1}, {1., .9, 0.}, {0., 0., 3.}, {.3, .1, .2}, {.5, 1.5, 0.}, {0., .4, .6}},
    kDouble);
inline const auto kLogits2 = torch::tensor(
    {{1., 1.2, 0.}, {0., 2., 0.}, {.5, .1, .1}, {.8, 1., 0.}, {0., 0., 1.}, {.1, .2, .5}, {.2, .9, 0.}, {.7, .3, .1}},
    kDouble);
inline const auto kLabels = torch::tensor({0, 1, 2, 0, 2, 2, 1, 0}, torch::kInt64);

/// Loss and gradient of both networks, each trained on the smallest losses of the other.
inline void check_exchange(const Vector& vector, const torch::Tensor& candidates,
                           const std::function<torch::Tensor(const torch::Tensor&)>& losses) {
  torch::Tensor logits[2] = {vector.in("logits1").requires_grad_(true), vector.in("logits2").requires_grad_(true)};
  const torch::Tensor of[2] = {losses(logits[0]), losses(logits[1])};
  const Exchange taught = exchange_small_losses(of[0], of[1], candidates, vector.number("forget_rate"));
  const auto scale = divisor(taught.kept, LossScale::mean_over_kept_twice, torch::kFloat64);
  for (size_t net = 0; net < 2; ++net) {
    const auto number = std::to_string(net + 1);
    const auto loss = (taught.weights[net] * of[net]).sum() / scale;
    check_near(loss, vector.out("loss" + number));
    check_near(torch::autograd::grad({loss}, {logits[net]})[0], vector.out("gradient" + number));
  }
}

/// The sum of both networks' logits is scored where "scored" says so; `plain`: the options without it.
inline void check_ensemble(const std::string& id, const Json& plain) {
  const auto outputs = [&](const char* scored) {
    Json options = plain;
    if (scored != nullptr) options["scored"] = scored;
    const TrialSpec spec = tiny_spec(id, options);
    const TrainingData data = tiny_data();
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

/// Losses of `steps` steps on the whole tiny set, in float64.
inline std::vector<double> tiny_losses(const std::string& method, const Json& options, int64_t steps) {
  const TrialSpec spec = tiny_spec(method, options);
  const TrainingSet set(tiny_data(), spec.recipe, 4, torch::kCPU, torch::kFloat64);
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

}  // namespace nlb::test
