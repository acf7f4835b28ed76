// The simple noise adaptation layer: the card's values, the authors' layer, and whole trainings.
#include "core/error.h"
#include "methods/noise_channel.h"
#include "tests/methods/authors_vectors.h"
#include "tests/methods/stages.h"
#include "tests/methods/vectors.h"

namespace nlb {
namespace {

using namespace test;

/// Of the cards: theta_ii = .54, the rest alike.
torch::Tensor bias_of_card() { return (torch::eye(4, kDouble) * (0.54 - 0.46 / 3) + 0.46 / 3).log(); }

torch::Tensor simple_losses(const torch::Tensor& logits, const torch::Tensor& bias) {
  return channel_losses(logits, simple_channel(bias, labels_f()));
}

TEST_CASE("The simple channel has the card's values and gradients", "[methods][s_model]") {
  const auto losses = simple_losses(logits_f(), bias_of_card());
  check_close(losses, {1.548315700, 0.960015179, 1.656958522});
  check_close(losses.mean(), {1.388429800});
  const auto by_logits = [](const auto& z) { return simple_losses(z, bias_of_card()).mean(); };
  check_close(gradient(by_logits, logits_f())[0], {0.063843131, 0.003178562, -0.078684782, 0.011663088});
  check_gradient(by_logits, logits_f());
  const auto by_bias = [](const auto& b) { return simple_losses(logits_f(), b).mean(); };
  const auto slope = gradient(by_bias, bias_of_card());
  check_close(slope[0], {0.057762333, 0.042312517, -0.122844874, 0.022770024});
  check_close(slope[3], {0.035380854, 0.049601039, 0.019429505, -0.104411398});
  check_gradient(by_bias, bias_of_card());
  // Softmax of the logits times theta, one row each, over their sum: what -B dL/dz adds to p.
  const auto posterior = torch::softmax(logits_f(), 1) - 3 * gradient(by_logits, logits_f());
  check_close(posterior[0], {0.495472175, 0.024668107, 0.389345115, 0.090514603}, 1e-8);
}

TEST_CASE("A channel that starts as the identity is cross-entropy but for its floor", "[methods][s_model]") {
  const auto identity = (torch::eye(4, kDouble) + 1e-8).log();
  check_close(simple_losses(logits_f(), identity).mean(), {1.577714146});
}

TEST_CASE("A channel starts as the logarithm of the confusion of predictions with labels", "[methods][s_model]") {
  const auto predicted = torch::tensor({0, 0, 0, 0, 2, 2, 3}), labels = torch::tensor({0, 0, 1, 3, 2, 0, 1});
  const auto rows = log_confusion(predicted, labels, 4, 1e-8).exp();
  check_close(rows[0], {0.5 + 1e-8, 0.25 + 1e-8, 1e-8, 0.25 + 1e-8}, 1e-15);
  check_close(rows[1], {1e-8, 1 + 1e-8, 1e-8, 1e-8}, 1e-15);  // never predicted
  check_close(rows[2], {0.5 + 1e-8, 1e-8, 0.5 + 1e-8, 1e-8}, 1e-15);
  check_close(rows[3], {1e-8, 1 + 1e-8, 1e-8, 1e-8}, 1e-15);
}

TEST_CASE("The simple channel's loss and gradients are those of the authors' layer", "[methods][s_model][authors]") {
  const Vector vector("noise_adaptation/channel");
  const auto labels = vector.classes("labels");
  const auto loss = [&](const torch::Tensor& z, const torch::Tensor& b) {
    return channel_losses(z, simple_channel(b, labels)).mean();
  };
  check_loss(vector, [&](const torch::Tensor& z) { return loss(z, vector.in("bias")); });
  check_near(gradient([&](const torch::Tensor& b) { return loss(vector.in("logits"), b); }, vector.in("bias")),
             vector.out("bias_gradient"));
}

TEST_CASE("The simple model's two trainings agree with an independent implementation", "[methods][s_model][training]") {
  check_stages({"s_model", {{"confusion_floor", 1e-8}}, {"noisy", "simple"}});
}

}  // namespace
}  // namespace nlb
