// Soft bootstrapping: losses of the card and of the code compared with, and whole trainings.
#include "methods/bootstrap.h"
#include "tests/methods/authors_vectors.h"
#include "tests/methods/twenty_steps.h"
#include "tests/methods/vectors.h"
#include "training/losses.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("Soft bootstrapping has the card's values and differentiates the prediction in its target",
          "[methods][bootstrap_soft]") {
  check_close(soft_bootstrap(logits_f(), cross_entropy(logits_f(), labels_f()), 0.95),
              {1.827713909, 0.551022384, 2.273643423});
  const auto loss = [](const auto& z) { return soft_bootstrap(z, cross_entropy(z, labels_f()), 0.95).mean(); };
  CHECK(loss(logits_f()).item<double>() == near(1.550793239, 1e-8));
  const auto slope = gradient(loss, logits_f());
  check_close(slope[0], {0.211299880, 0.012230191, -0.265687021, 0.042156950});
  check_close(slope[1], {0.048331052, 0.053144415, 0.033051497, -0.134526965});
  check_gradient(loss, logits_f());
}

TEST_CASE("With the whole label in the target, soft bootstrapping is cross-entropy; sure predictions stay finite",
          "[methods][bootstrap_soft]") {
  const auto entropy = cross_entropy(logits_f(), labels_f());
  CHECK(torch::equal(soft_bootstrap(logits_f(), cross_entropy(logits_f(), labels_f()), 1), entropy));
  const auto sure = torch::tensor({{1000.0F, 0.0F}});
  const auto loss = [](const auto& z) {
    return soft_bootstrap(z, cross_entropy(z, torch::tensor({0}, torch::kInt64)), 0.5).sum();
  };
  CHECK(loss(sure).item<double>() == 0);
  CHECK(gradient(loss, sure).abs().max().item<double>() == 0);
}

// numpy in float64 on the cards' fixture F: softmax clipped at .2 from below (loss.py:9-20, 24-31 of
// YisenWang/symmetric_cross_entropy_for_noisy_labels), or to [.2, .8] (its boot_soft, boot_hard). p of the labels:
// .153, .594, .097, so that two are clipped and one is not.
TEST_CASE("Soft bootstrapping of clamped probabilities is as the code writes it", "[methods][bootstrap_soft]") {
  constexpr double kLeast = 0.2;
  const auto entropy = [](const torch::Tensor& z) { return cross_entropy(z, labels_f()); };
  check_close(soft_bootstrap(logits_f(), entropy(logits_f()), 0.95, kLeast), {1.590144816, 0.559115510, 1.596230627});
  check_gradient([&](const auto& z) { return soft_bootstrap(z, entropy(z), 0.95, kLeast).sum(); }, logits_f());
}

TEST_CASE("Soft bootstrapping: loss and gradient are those of the code for Keras",
          "[methods][bootstrap_soft][authors]") {
  const Vector soft("bootstrap/soft");
  check_loss(soft, [&](const torch::Tensor& z) {
    return soft_bootstrap(z, cross_entropy(z, soft.classes("labels")), soft.number("beta")).mean();
  });
}

TEST_CASE("Twenty steps of soft bootstrapping agree with an independent implementation",
          "[methods][bootstrap_soft][training]") {
  check_twenty_steps("bootstrap_soft", {{"beta", 0.95}});
}

}  // namespace
}  // namespace nlb
