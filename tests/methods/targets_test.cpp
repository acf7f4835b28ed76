// Losses that change the target or mix it: values and gradients of the cards.
#include <cmath>

#include "methods/ce.h"
#include "methods/sce.h"
#include "methods/soft_targets.h"
#include "tests/methods/vectors.h"

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

}  // namespace
}  // namespace nlb
