// SCE: losses of the card and of the code compared with, and whole trainings.
#include "methods/sce.h"

#include <cmath>

#include "tests/methods/authors_vectors.h"
#include "tests/methods/twenty_steps.h"
#include "tests/methods/vectors.h"
#include "training/losses.h"
#include "training/soft_targets.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("SCE has the card's values and gradient", "[methods][sce]") {
  const SceOptions cifar10{.alpha = 0.1, .beta = 1, .log_of_zero = std::log(1e-4)};
  const auto entropy = cross_entropy(logits_f(), labels_f());
  check_close(reverse_cross_entropy(entropy, cifar10.log_of_zero), {7.798480205, 3.742405671, 8.319839469});
  check_close(symmetric_cross_entropy(entropy, cifar10), {7.986022075, 3.794548254, 8.553469266});
  const auto loss = [&](const auto& z) {
    return symmetric_cross_entropy(cross_entropy(z, labels_f()), cifar10).mean();
  };
  CHECK(loss(logits_f()).item<double>() == near(6.778013198, 1e-8));
  const auto slope = gradient(loss, logits_f());
  check_close(slope[0], {0.346216769, 0.017237118, -0.426701986, 0.063248099});
  check_close(slope[1], {0.271711640, 0.300287802, 0.182133759, -0.754133201});
  check_gradient(loss, logits_f());
  check_close(symmetric_cross_entropy(entropy, {.alpha = 6, .beta = 0.1, .log_of_zero = std::log(1e-4)}).mean(),
              {10.128309183});
  check_close(symmetric_cross_entropy(entropy, {.alpha = 0.1, .beta = 1, .log_of_zero = -4}),
              {3.574378790, 1.677448715, 3.846890169});
}

TEST_CASE("SCE is as the reference code writes it, with clipped one-hot targets", "[methods][sce]") {
  const auto p = torch::softmax(logits_f(), 1);
  const auto targets = one_hot(labels_f(), 4, torch::kFloat64).clamp(1e-4, 1);
  const auto as_written = -(p * torch::log(targets)).sum(1);
  const auto ours = reverse_cross_entropy(cross_entropy(logits_f(), labels_f()), std::log(1e-4));
  CHECK((ours - as_written).abs().max().item<double>() < 1e-14);
}

// numpy in float64 on the cards' fixture F: softmax clipped at .2 from below (loss.py:9-20, 24-31 of
// YisenWang/symmetric_cross_entropy_for_noisy_labels), or to [.2, .8] (its boot_soft, boot_hard). p of the labels:
// .153, .594, .097, so that two are clipped and one is not.
TEST_CASE("SCE of clamped probabilities is as the code writes it, without a gradient where it clamps",
          "[methods][sce]") {
  constexpr double kLeast = 0.2;
  const auto entropy = [](const torch::Tensor& z) { return cross_entropy(z, labels_f()); };
  const SceOptions sce{.alpha = 0.1, .beta = 1, .log_of_zero = std::log(1e-4), .least_probability = kLeast};
  check_close(symmetric_cross_entropy(entropy(logits_f()), sce), {7.959423996, 3.794548254, 8.480783260});
  check_gradient([&](const auto& z) { return symmetric_cross_entropy(entropy(z), sce).sum(); }, logits_f());
  // Cross-entropy alone: rows 0 and 2 are clamped.
  const SceOptions plain{.alpha = 1, .beta = 0, .log_of_zero = -1, .least_probability = kLeast};
  const auto slope =
      gradient([&](const auto& z) { return symmetric_cross_entropy(entropy(z), plain).sum(); }, logits_f());
  CHECK(slope[0].abs().max().item<double>() == 0);
  CHECK(slope[2].abs().max().item<double>() == 0);
  CHECK(slope[1].abs().max().item<double>() > 0.1);
}

TEST_CASE("SCE: losses and gradients are those of the code for Keras", "[methods][sce][authors]") {
  const auto* id = GENERATE("sce/cifar10", "sce/cifar100");
  const Vector sce(id);
  CAPTURE(id);
  check_loss(sce, [&](const torch::Tensor& z) {
    const SceOptions options{
        .alpha = sce.number("alpha"), .beta = sce.number("beta"), .log_of_zero = sce.number("log_of_zero")};
    return symmetric_cross_entropy(cross_entropy(z, sce.classes("labels")), options).mean();
  });
}

TEST_CASE("Twenty steps of SCE agree with an independent implementation", "[methods][sce][training]") {
  check_twenty_steps("sce", {{"alpha", 0.1}, {"beta", 1}, {"log_of_zero", -9}});
}

}  // namespace
}  // namespace nlb
