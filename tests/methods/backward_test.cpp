// Backward: the corrected loss of the card, of the authors' code and of whole trainings.
#include <vector>

#include "core/error.h"
#include "tests/methods/authors_vectors.h"
#include "tests/methods/matrices.h"
#include "tests/methods/stages.h"
#include "tests/methods/vectors.h"
#include "training/transition.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("The backward loss has the card's values and gradient", "[methods][backward]") {
  const auto inverse = inverted(matrix_t());
  check_close(inverse, {1.492307692, -0.153846154, -0.184615385, -0.153846154, -0.035897436, 1.282051282, -0.194871795,
                        -0.051282051, -0.507692308, -0.153846154, 1.815384615, -0.153846154, 0.097435897, -0.051282051,
                        -0.328205128, 1.282051282});
  check_close(backward_losses(logits_f(), labels_f(), inverse, 1e-7), {2.375418704, 0.000400189, 2.727067200});
  const auto mean = [&](const auto& z) { return backward_losses(z, labels_f(), inverse, 1e-7).mean(); };
  check_close(mean(logits_f()), {1.700962031});
  const auto slope = gradient(mean, logits_f());
  check_close(slope[0], {0.398231292, 0.062683316, -0.554031282, 0.093116674});
  check_close(slope[1], {0.016320726, 0.071025649, 0.142112897, -0.229459272});
}

TEST_CASE("A singular matrix is refused", "[methods][backward]") {
  CHECK_THROWS_AS(inverted(torch::full({4, 4}, 0.25, kDouble)), TrialFailure);
}

TEST_CASE("Backward: the corrected loss is that of the authors' code for Keras", "[methods][backward][authors]") {
  const Vector backward("transition/backward");
  check_loss(backward, [&](const torch::Tensor& z) {
    return backward_losses(z, backward.classes("labels"), inverted(backward.in("matrix")), 1e-7).mean();
  });
}

TEST_CASE("Backward's two trainings agree with an independent implementation", "[methods][backward][training]") {
  check_stages(
      {"backward", joined(kAnchor, {{"selected_epoch", "last"}, {"least_probability", 0.05}}), {"noisy", "net"}});
}

TEST_CASE("Backward scores the network of its lowest corrected held-out loss where its option says so",
          "[methods][backward][training]") {
  check_stages({"backward",
                joined(kAnchor, {{"selected_epoch", "last"},
                                 {"scored", "lowest_held_out_loss"},
                                 {"least_probability", 0.05},
                                 {"anchor_percentile", 70}}),
                {"noisy", "net"},
                "backward scored at its lowest held-out loss"});
}

}  // namespace
}  // namespace nlb
