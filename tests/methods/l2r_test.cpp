// L2R: products and weights of the card; one step on networks with dropout, written out again from its definition (what
// each pass draws, and on what weight decay acts); whole trainings.
#include "methods/l2r.h"

#include <catch2/catch.hpp>
#include <map>
#include <optional>

#include "nets/decay.h"
#include "nets/device_layers.h"
#include "nets/net.h"
#include "tests/methods/reference_steps.h"
#include "tests/methods/stages.h"
#include "tests/methods/vectors.h"
#include "tests/support/tiny_trial.h"
#include "tests/support/weyl.h"

namespace nlb {
namespace {

using test::check_close;
using test::kDouble;

constexpr int64_t kClasses = 4, kFirstTrusted = 24, kStep = 2, kStepsPerEpoch = 5, kEpoch = 3;
constexpr double kRate = 0.1, kDecay = 0.05;

TrainingData data_with_trusted() {
  TrainingData data = test::reference_data(8, kClasses);
  for (int64_t i = kFirstTrusted; i < data.size(); ++i) data.trusted.push_back(i);
  return data;
}

struct Case {
  std::string net, masks;  ///< masks "": the option is absent
  torch::ScalarType type;
  bool by_kernels;  ///< layers as a GPU has them
  double tolerance;
};

TrialSpec spec_of(const Case& of) {
  Json options = {{"trusted_batch_size", 4}, {"decay_in_meta_gradient", true}, {"augment_trusted", false}};
  if (!of.masks.empty()) options["dropout_masks"] = of.masks;
  TrialSpec spec = test::tiny_spec("l2r", options);
  spec.net = {of.net, {{"dropout", 0.3}}, "he_normal_fan_in"};
  spec.recipe.optimiser = {.id = OptimiserId::sgd, .learning_rate = kRate, .weight_decay = kDecay, .momentum = 0};
  spec.recipe.schedule = {.rate = ConstantRate{}};
  return spec;
}

Batch batch_at(const TrainingSet& set, const std::vector<int64_t>& positions) {
  const auto index = torch::tensor(positions, torch::kInt64);
  return {index, {set.images(index)}, set.labels().index_select(0, index)};
}

/// The same network beside the method's, and what a step does to it by the definitions.
class ByDefinition {
 public:
  ByDefinition(const MethodContext& context, bool independent)
      : id_(context.spec.net.id),
        net_(make_net(context.spec.net, {.channels = 1, .height = 8, .width = 8, .classes = kClasses},
                      derive(context.init_key(), "net"), torch::kCPU, context.type)),
        training_({.dropout = derive(context.train_key("dropout"), "net"), .step = 0}),
        noisy_(training_),
        trusted_(training_) {
    if (!independent) return;
    noisy_ = {.dropout = derive(context.train_key("dropout"), "noisy"), .step = kEpoch * kStepsPerEpoch + kStep};
    trusted_ = {.dropout = derive(context.train_key("dropout"), "trusted"), .step = noisy_.step};
  }

  torch::Tensor weights(const Batch& noisy, const Batch& trusted) {
    const auto leaves = net_->parameters().parameters();
    auto direction = torch::autograd::grad({losses(trusted, trusted_).mean()}, leaves);
    const auto decays = decayed_parameters(id_, net_->parameters());
    for (size_t j = 0; j < leaves.size(); ++j) direction[j] = direction[j] + factor(decays[j]) * leaves[j].detach();
    return l2r_weights(gradient_products(losses(noisy, noisy_), leaves, direction));
  }

  std::map<std::string, torch::Tensor> after(const Batch& noisy, const torch::Tensor& weights) {
    const auto leaves = net_->parameters().parameters();
    const auto gradients = torch::autograd::grad({(weights * losses(noisy, training_)).sum()}, leaves);
    const auto decays = decayed_parameters(id_, net_->parameters());
    std::map<std::string, torch::Tensor> values;
    for (size_t j = 0; j < leaves.size(); ++j) {
      const auto value = leaves[j].detach();
      values[net_->parameters().segments()[j].name] = value - kRate * (gradients[j] + factor(decays[j]) * value);
    }
    return values;
  }

 private:
  struct Draws {
    Key dropout;
    int64_t step;
  };
  static double factor(bool decays) { return decays ? kDecay : 0; }
  torch::Tensor losses(const Batch& batch, const Draws& draws) {
    const auto logits =
        net_->forward(batch.images(),
                      {.training = true, .dropout_key = draws.dropout, .step = draws.step, .update_statistics = false});
    return at::cross_entropy_loss(logits, batch.labels, {}, at::Reduction::None);
  }

  std::string id_;
  std::unique_ptr<Net> net_;
  Draws training_, noisy_, trusted_;
};

double distance(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a - b).abs().max() / (b.abs().max() + 1e-12)).item<double>();
}

TEST_CASE("L2R's products and weights are the card's", "[methods][l2r]") {
  const auto w = torch::tensor({{.1, -.2}, {.3, .4}, {-.5, .2}}, kDouble).requires_grad_(true);
  const auto noisy = torch::tensor({{1., .5}, {.2, -1.}, {-.7, .9}, {1.5, .3}}, kDouble);
  const auto clean = torch::tensor({{.9, .4}, {-.5, 1.}}, kDouble);
  const auto losses = [&](const torch::Tensor& x, const std::vector<int64_t>& y) {
    return at::cross_entropy_loss(torch::mm(x, w.t()), torch::tensor(y, torch::kInt64), {}, at::Reduction::None);
  };
  const auto on_noisy = losses(noisy, {0, 1, 2, 2});
  const auto direction = torch::autograd::grad({losses(clean, {0, 2}).mean()}, {w});
  const auto products = gradient_products(on_noisy, {w}, direction);
  check_close(products, {.4178187861, .2414511792, .3033266999, -.2807678017});
  const auto weights = l2r_weights(products);
  check_close(weights, {.4340538475, .2508331765, .315112976, 0});
  check_close(on_noisy.detach(), {1.1996759812, 1.3327573078, .7618648104, 1.9031359158});
  check_close((weights * on_noisy).sum().detach(), {1.0950972121});
  check_close(l2r_weights(torch::tensor({-1., 0.}, kDouble)), {0, 0}, 0);
}

TEST_CASE("L2R's products are the same forwards and by double backward", "[methods][l2r]") {
  struct OnNet {
    const char* net;
    Json options;
    NetShape shape;
    torch::ScalarType type;
    double tolerance;
  };
  const Json none = Json::object(), hidden = {{"hidden", {16}}}, dropout = {{"dropout", 0.3}};
  const NetShape rgb = {3, 8, 8, 3};
  const auto made = GENERATE_COPY(values<OnNet>({{"mlp", hidden, {1, 28, 28, 3}, torch::kFloat64, 1e-12},
                                                 {"lenet5", none, {1, 28, 28, 3}, torch::kFloat32, 1e-4},
                                                 {"cnn_small", none, rgb, torch::kFloat64, 1e-12},
                                                 {"resnet32", none, rgb, torch::kFloat64, 1e-10},
                                                 {"resnet32", none, rgb, torch::kFloat32, 1e-4},
                                                 {"wrn_40_2", dropout, rgb, torch::kFloat64, 1e-10}}));
  CAPTURE(made.net);
  const auto net =
      make_net({made.net, made.options, "torch_default"}, made.shape, derive(1, "init"), torch::kCPU, made.type);
  const auto images = test::weyl({8, made.shape.channels, made.shape.height, made.shape.width}, 3, 2).to(made.type);
  const auto losses = [&](const torch::Tensor& x) {
    const auto logits =
        net->forward(x, {.training = true, .dropout_key = derive(1, "dropout"), .update_statistics = false});
    return at::cross_entropy_loss(logits, torch::arange(8) % 3, {}, at::Reduction::None);
  };
  const auto leaves = net->parameters().parameters();
  // In place of themselves, as L2R has them: our own layers on a CPU have no second derivative.
  const ScopedParameters by_the_library(net->parameters(), leaves);
  const auto direction = torch::autograd::grad({losses(images.flip(3)).mean()}, leaves);
  const auto expected = gradient_products(losses(images), leaves, direction);
  const auto found = derivatives_along(net->parameters(), direction, [&] { return losses(images); });
  CHECK(((found - expected).abs().max() / expected.abs().max()).item<double>() < made.tolerance);
  CHECK_FALSE(found.requires_grad());
}

TEST_CASE("An L2R step's passes draw dropout as its option says, and decay acts where the network has it",
          "[methods][l2r]") {
  const auto of = GENERATE(values<Case>({{"wrn_40_2", "", torch::kFloat64, false, 1e-9},
                                         {"wrn_40_2", "shared", torch::kFloat64, false, 1e-9},
                                         {"wrn_40_2", "independent", torch::kFloat64, false, 1e-9},
                                         {"wrn_40_2", "", torch::kFloat64, true, 1e-9},
                                         {"wrn_40_2", "independent", torch::kFloat64, true, 1e-9},
                                         {"wrn_28_10_pooled", "independent", torch::kFloat32, false, 2e-3}}));
  CAPTURE(of.net, of.masks, of.by_kernels);
  const TrialSpec spec = spec_of(of);
  const TrainingSet set(data_with_trusted(), spec.recipe, 1, torch::kCPU, of.type);
  const MethodContext context = {.spec = spec, .set = set, .device = torch::kCPU, .type = of.type};
  const Batch noisy = batch_at(set, {0, 3, 6, 9, 12, 15, 18, 21}), trusted = batch_at(set, {24, 29, 33, 38});
  ByDefinition definition(context, of.masks == "independent");
  const auto weights = definition.weights(noisy, trusted);
  const auto values = definition.after(noisy, weights);

  std::optional<ScopedDeviceLayers> scope;
  if (of.by_kernels) scope.emplace();
  L2r method(context);
  Step step{.epoch = kEpoch, .pass = 0, .number = kStep, .count = kStepsPerEpoch, .batches = {}};
  step.batches = {noisy, trusted};
  const StepLog log = method.step(step);
  CHECK(weights.max().item<double>() > 0.1);
  CHECK(distance(*log.score, weights) < of.tolerance);
  test::ParameterVisitor compare([&](const std::string& name, torch::Tensor& value) {
    CAPTURE(name);
    CHECK(distance(value, values.at(name.substr(4))) < of.tolerance);
  });
  method.visit_state(compare);
}

TEST_CASE("Shared dropout masks and independent ones give an L2R step other weights", "[methods][l2r]") {
  const auto weights = [](const std::string& masks) {
    const TrialSpec spec = spec_of({"wrn_40_2", masks, torch::kFloat64, false, 0});
    const TrainingSet set(data_with_trusted(), spec.recipe, 1, torch::kCPU, torch::kFloat64);
    L2r method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
    Step step{.epoch = 0, .pass = 0, .number = 0, .count = kStepsPerEpoch, .batches = {}};
    step.batches = {batch_at(set, {0, 3, 6, 9, 12, 15, 18, 21}), batch_at(set, {24, 29, 33, 38})};
    return *method.step(step).score;
  };
  CHECK(torch::equal(weights("shared"), weights("")));
  CHECK(distance(weights("independent"), weights("shared")) > 1e-2);
}

TEST_CASE("L2R's steps agree with an independent implementation", "[methods][l2r][training]") {
  test::check_stages(
      {"l2r",
       {{"trusted_batch_size", test::kTrustedBatch}, {"decay_in_meta_gradient", true}, {"augment_trusted", false}},
       {"net"}});
}

}  // namespace
}  // namespace nlb
