// ELR: loss, targets and clamp of the card and of the authors' code, and whole trainings.
#include "methods/elr.h"

#include "tests/methods/authors_vectors.h"
#include "tests/methods/twenty_steps.h"
#include "tests/methods/vectors.h"
#include "training/losses.h"
#include "training/options.h"

namespace nlb {
namespace {

using namespace test;

constexpr double kClamp = 1e-4;  // shengliu66/ELR:ELR/model/loss.py:23

TEST_CASE("ELR has the card's loss, targets and gradient on the first and second visit", "[methods][elr]") {
  const auto whole = [](const torch::Tensor& z, const torch::Tensor& targets) {
    return (cross_entropy(z, labels_f()) + elr_regulariser(z, targets, 3, kClamp)).mean();
  };
  const auto first = elr_targets(logits_f(), torch::zeros({3, 4}, kDouble), 0.7, kClamp);
  check_close(first[0], {0.206100471, 0.010261138, 0.045987231, 0.037651160});
  check_close(elr_regulariser(logits_f(), first, 1, kClamp), {-0.166901579, -0.131141690, -0.126236264});
  CHECK(whole(logits_f(), first).item<double>() == near(1.153434635, 1e-9));
  const auto slope = gradient([&](const auto& z) { return whole(z, first); }, logits_f());
  check_close(slope[0], {0.186476377, 0.017199253, -0.262722847, 0.059047217});
  check_gradient([&](const auto& z) { return whole(z, first); }, logits_f());

  const auto z = torch::tensor({{2.2, -1.1, 0.4, 0.2}, {0.0, 0.3, -0.2, 1.6}, {-0.6, 1.4, 0.5, -1.0}}, kDouble);
  const auto second = elr_targets(z, first, 0.7, kClamp);
  check_close(second[0], {0.368566487, 0.015455549, 0.069266967, 0.056710996});
  CHECK(whole(z, second).item<double>() == near(0.856735444, 1e-9));
  const auto later = gradient([&](const auto& x) { return whole(x, second); }, z);
  check_close(later[1], {0.064150412, 0.083173203, 0.054683388, -0.202007004});
}

TEST_CASE("ELR clamps where its option says", "[methods][elr]") {
  // numpy in float64 on fixture F, clamped to [.2, .8]: six of the twelve probabilities are below.
  CHECK(options_of<ElrOptions>({"elr", {{"lambda", 3}, {"beta", 0.7}}}).clamp == kClamp);
  const double clamp = options_of<ElrOptions>({"elr", {{"lambda", 3}, {"beta", 0.7}, {"clamp", 0.2}}}).clamp;
  const auto targets = elr_targets(logits_f(), torch::zeros({3, 4}, kDouble), 0.7, clamp);
  check_close(targets[0], {0.160140031, 0.046619990, 0.046619990, 0.046619990});
  check_close(elr_regulariser(logits_f(), targets, 1, clamp), {-0.148486605, -0.126400361, -0.117807630});
  const auto loss = [&](const auto& z) {
    return (cross_entropy(z, labels_f()) + elr_regulariser(z, targets, 3, clamp)).mean();
  };
  CHECK(loss(logits_f()).template item<double>() == near(1.185019572, 1e-8));
  check_gradient(loss, logits_f());
}

TEST_CASE("ELR clamps a sure prediction", "[methods][elr]") {
  const auto z = torch::tensor({{12.0, 0.0, 0.0, 0.0}}, kDouble);
  check_close(clamped_softmax(z, kClamp), {0.9999, 0.0001, 0.0001, 0.0001}, 1e-12);
  const auto target = elr_targets(z, torch::zeros({1, 4}, kDouble), 0, kClamp);
  CHECK(target[0][0].item<double>() == near(0.999700060, 1e-9));
  CHECK(elr_regulariser(z, target, 1, kClamp).item<double>() == near(-7.824345996, 1e-8));
}

TEST_CASE("ELR: loss, targets and gradient of three visits are those of the authors' code", "[methods][elr][authors]") {
  const Vector vector("elr/visits");
  const auto labels = vector.classes("labels"), all = vector.in("logits");
  auto targets = torch::zeros_like(all[0]);
  for (int64_t visit = 0; visit < all.size(0); ++visit) {
    CAPTURE(visit);
    targets = elr_targets(all[visit], targets, vector.number("beta"), kClamp);
    const auto loss = [&](const torch::Tensor& logits) {
      return (cross_entropy(logits, labels) + elr_regulariser(logits, targets, vector.number("lambda"), kClamp)).mean();
    };
    check_near(targets, vector.out("targets")[visit]);
    check_near(loss(all[visit]), vector.out("loss")[visit]);
    check_near(gradient(loss, all[visit]), vector.out("gradient")[visit]);
  }
}

TEST_CASE("Twenty steps of ELR agree with an independent implementation", "[methods][elr][training]") {
  check_twenty_steps("elr", {{"lambda", 3}, {"beta", 0.7}});
}

}  // namespace
}  // namespace nlb
