// Savage: the losses of the code for Keras, and whole trainings.
#include "methods/savage.h"

#include "tests/methods/authors_vectors.h"
#include "tests/methods/twenty_steps.h"
#include "tests/methods/vectors.h"
#include "training/losses.h"

namespace nlb {
namespace {

using namespace test;

// By hand: softmax of the label (.153290770, .593673467, .096684907) into (1 / (1 + exp(2 p))^2 + 3 / 4) / 4.
TEST_CASE("Savage's losses are those worked out by hand", "[methods][savage]") {
  const auto loss = [](const auto& z) { return savage_losses(cross_entropy(z, labels_f()), 4, 1e-7); };
  check_close(loss(logits_f()), {0.23243326596, 0.20115786884, 0.23853253137}, 1e-8);
  check_gradient([&](const auto& z) { return loss(z).sum(); }, logits_f());
}

TEST_CASE("Savage: loss and gradient are those of the code for Keras", "[methods][savage][authors]") {
  const Vector vector("savage/keras");
  check_loss(vector, [&](const torch::Tensor& z) {
    return savage_losses(cross_entropy(z, vector.classes("labels")), z.size(1), vector.number("epsilon")).mean();
  });
}

TEST_CASE("Twenty steps of Savage agree with an independent implementation", "[methods][savage][training]") {
  check_twenty_steps("savage", {{"least_probability", 1e-7}});
}

}  // namespace
}  // namespace nlb
