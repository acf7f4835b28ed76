// Hard bootstrapping: losses of the card and of the code compared with, and whole trainings.
#include "methods/bootstrap.h"
#include "tests/methods/authors_vectors.h"
#include "tests/methods/twenty_steps.h"
#include "tests/methods/vectors.h"
#include "training/losses.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("Hard bootstrapping has the card's values and gradient", "[methods][bootstrap_hard]") {
  check_close(hard_bootstrap(logits_f(), cross_entropy(logits_f(), labels_f()), 0.8),
              {1.575418704, 0.521425830, 1.996297969});
  const auto loss = [](const auto& z) { return hard_bootstrap(z, cross_entropy(z, labels_f()), 0.8).mean(); };
  CHECK(loss(logits_f()).item<double>() == near(1.364380834, 1e-8));
  const auto slope = gradient(loss, logits_f());
  check_close(slope, {0.162333856, 0.011401265, -0.215569743, 0.041834623, 0.048799358, 0.053931631, 0.032711188,
                      -0.135442178, -0.234438364, 0.109749365, 0.107001732, 0.017687267});
  check_gradient(loss, logits_f());
}

TEST_CASE("Hard bootstrapping takes the first of equal logits", "[methods][bootstrap_hard]") {
  const auto z = torch::tensor({{0.0, 1.0, 1.0}}, kDouble);
  const auto sum = [](const auto& x) {
    return hard_bootstrap(x, cross_entropy(x, torch::tensor({0}, torch::kInt64)), 0.5).sum();
  };
  const auto p = torch::softmax(z, 1)[0];
  check_close(gradient(sum, z), {p[0].item<double>() - 0.5, p[1].item<double>() - 0.5, p[2].item<double>()}, 1e-12);
}

TEST_CASE("With the whole label in the target, hard bootstrapping is cross-entropy", "[methods][bootstrap_hard]") {
  const auto entropy = cross_entropy(logits_f(), labels_f());
  CHECK(torch::equal(hard_bootstrap(logits_f(), cross_entropy(logits_f(), labels_f()), 1), entropy));
}

// numpy in float64 on the cards' fixture F: softmax clipped at .2 from below (loss.py:9-20, 24-31 of
// YisenWang/symmetric_cross_entropy_for_noisy_labels), or to [.2, .8] (its boot_soft, boot_hard). p of the labels:
// .153, .594, .097, so that two are clipped and one is not.
TEST_CASE("Hard bootstrapping of clamped probabilities is as the code writes it", "[methods][bootstrap_hard]") {
  constexpr double kLeast = 0.2;
  const auto entropy = [](const torch::Tensor& z) { return cross_entropy(z, labels_f()); };
  check_close(hard_bootstrap(logits_f(), entropy(logits_f()), 0.8, kLeast), {1.362634071, 0.521425830, 1.414809924});
  check_gradient([&](const auto& z) { return hard_bootstrap(z, entropy(z), 0.8, kLeast).sum(); }, logits_f());
}

TEST_CASE("Hard bootstrapping: loss and gradient are those of the code for Keras",
          "[methods][bootstrap_hard][authors]") {
  const Vector hard("bootstrap/hard");
  check_loss(hard, [&](const torch::Tensor& z) {
    return hard_bootstrap(z, cross_entropy(z, hard.classes("labels")), hard.number("beta")).mean();
  });
}

TEST_CASE("Twenty steps of hard bootstrapping agree with an independent implementation",
          "[methods][bootstrap_hard][training]") {
  check_twenty_steps("bootstrap_hard", {{"beta", 0.8}});
}

}  // namespace
}  // namespace nlb
