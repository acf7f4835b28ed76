// Joint optimisation: terms of the card and of the port, the labels it finds, and whole trainings.
#include "methods/joint_optim.h"

#include "tests/methods/authors_vectors.h"
#include "tests/methods/relabelling_trial.h"
#include "tests/methods/twenty_steps.h"
#include "tests/methods/vectors.h"
#include "training/learner.h"
#include "training/soft_targets.h"

namespace nlb {
namespace {

using namespace test;

Json joint_optim_json() {
  return {{"alpha", 1.2},
          {"beta", 0.8},
          {"averaged_epochs", 2},
          {"relabelling_start_epoch", 1},
          {"second_training_start_epoch", 3},
          {"second_training_learning_rate", 0.2},
          {"second_training_milestones", {1}},
          {"second_training_factor", 0.1}};
}

TEST_CASE("Joint optimisation has the card's terms and gradient", "[methods][joint_optim]") {
  const auto z = torch::tensor({{1.0, 0.0, -1.0}, {0.2, 0.5, -0.3}, {0.0, 0.0, 2.0}}, kDouble);
  const auto s = torch::tensor({{1.0, 0.0, 0.0}, {0.1, 0.7, 0.2}, {0.0, 0.25, 0.75}}, kDouble);
  CHECK(soft_cross_entropy(z, s).mean().item<double>() == near(0.7070398266, 1e-10));
  CHECK(uniform_prior_loss(z).item<double>() == near(1.1086378316, 1e-10));
  CHECK(prediction_entropy(z).mean().item<double>() == near(0.8491798483, 1e-10));
  const auto loss = [&](const auto& x) { return joint_optim_loss(x, s, 1.2, 0.8); };
  CHECK(loss(z).item<double>() == near(2.7167491032, 1e-10));
  check_close(gradient(loss, z),
              {-0.1644429671, 0.0944039507, 0.0700390164, 0.1039804483, -0.1460526090, 0.0420721607, 0.0825117166,
               -0.0151782659, -0.0673334507},
              1e-10);
  check_gradient(loss, z);
}

TEST_CASE("The prior term is finite where every probability of a class underflows", "[methods][joint_optim]") {
  const auto z = torch::tensor({{300.0F, 0.0F}, {300.0F, 0.0F}});
  CHECK(uniform_prior_loss(z).item<double>() == near(150, 1e-4));
  CHECK(gradient([](const auto& x) { return uniform_prior_loss(x); }, z).isfinite().all().item<bool>());
}

TEST_CASE("Joint optimisation relabels from the newest epochs' predictions, then trains new weights on the labels",
          "[methods][joint_optim]") {
  RelabellingTrial trained("joint_optim", joint_optim_json());
  const auto given = one_hot(trained.set->labels(), 4, torch::kFloat64);
  std::vector<torch::Tensor> seen;  // per epoch: predictions of the training passes, as far as they can be known here
  for (int64_t epoch = 0; epoch < 3; ++epoch) {
    const auto before = trained.predictions(0, kReferenceBatch);
    const auto labels = trained.state("labels");
    const auto logs = trained.epoch(epoch);
    const auto history = trained.state("history");
    REQUIRE(history.sizes().vec() == std::vector<int64_t>{2, kReferenceSamples, 4});
    seen.push_back(history[epoch % 2]);
    CHECK((seen.back().narrow(0, 0, kReferenceBatch) - before).abs().max().item<double>() < 1e-12);
    const auto used = trained.state("labels");
    if (epoch == 0) CHECK(torch::equal(used, given));
    if (epoch == 1) CHECK((used - seen[0]).abs().max().item<double>() < 1e-15);
    if (epoch == 2) CHECK((used - (seen[0] + seen[1]) / 2).abs().max().item<double>() < 1e-15);
    CHECK(torch::equal(*logs[2].corrected, used.narrow(0, 16, 8).argmax(1)));
    CHECK(logs[2].learning_rate == 0.1);
  }
  const auto found = (seen[1] + seen[2]) / 2;
  const auto logs = trained.epoch(3);
  CHECK((trained.state("labels") - found).abs().max().item<double>() < 1e-15);
  const StateCopy state(*trained.method);
  CHECK(state.tensors.count("history") == 0);
  CHECK(state.tensors.count("second/fc1.weight") == 1);
  CHECK(state.tensors.count("net/fc1.weight") == 0);
  Learner fresh({.spec = trained.spec, .set = *trained.set, .device = torch::kCPU, .type = torch::kFloat64}, "second",
                5);
  const auto z = fresh.evaluate(trained.set->images(torch::arange(0, kReferenceBatch, torch::kInt64)));
  const double expected = soft_cross_entropy(z, found.narrow(0, 0, kReferenceBatch)).mean().item<double>();
  CHECK(logs.front().losses.front().second.item<double>() == near(expected, 1e-12));
  CHECK(logs.front().learning_rate == near(0.2, 1e-15));
  CHECK(trained.epoch(4).front().learning_rate == near(0.02, 1e-15));
  CHECK((trained.state("labels") - found).abs().max().item<double>() < 1e-15);
}

TEST_CASE("Joint optimisation: the loss is that of the port to PyTorch", "[methods][joint_optim][authors]") {
  const Vector vector("joint_optim/loss");
  check_loss(vector, [&](const torch::Tensor& logits) {
    return joint_optim_loss(logits, vector.in("labels"), vector.number("alpha"), vector.number("beta"));
  });
}

/// The script has no second training: it would start behind the twenty steps.
Json twenty_steps_json() {
  return {{"alpha", 1.2},
          {"beta", 0.8},
          {"averaged_epochs", 2},
          {"relabelling_start_epoch", 2},
          {"second_training_start_epoch", 4},
          {"second_training_learning_rate", 0.2},
          {"second_training_milestones", Json::array()},
          {"second_training_factor", 0.1}};
}

TEST_CASE("Twenty steps of joint optimisation agree with an independent implementation",
          "[methods][joint_optim][training]") {
  check_twenty_steps("joint_optim", twenty_steps_json());
}

}  // namespace
}  // namespace nlb
