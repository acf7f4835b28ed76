// PHuber-GCE: the loss of the card, where it changes its form, and whole trainings.
#include <cmath>

#include "methods/phuber.h"
#include "tests/methods/fifty_steps.h"
#include "tests/methods/phuber_losses.h"
#include "tests/methods/vectors.h"
#include "training/losses.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("Partially Huberised L_q has the card's values and gradients", "[methods][phuber_gce]") {
  const auto row = GENERATE(values<PhuberRow>({{"L_q, none on the tangent",
                                                10,
                                                {1.044189321, 0.436860024, 1.150181808},
                                                {0.061616593, 0.003067710, -0.075940638, 0.011256336},
                                                0.877077051},
                                               {"L_q, two samples on the tangent",
                                                1.5,
                                                {1.032238995, 0.436860024, 1.117147789},
                                                {0.052655500, 0.002621563, -0.064896355, 0.009619292},
                                                0.862082269}}));
  check_phuber(row, [&](const torch::Tensor& z) {
    return phuber_generalised_cross_entropy(cross_entropy(z, labels_f()), 0.7, row.tau);
  });
}

TEST_CASE("Value and slope of a partially Huberised L_q are continuous, and both are finite far out",
          "[methods][phuber_gce]") {
  for (const double tau : {1.5, 2.0, 10.0}) {
    check_continuous([&](const auto& entropy) { return phuber_generalised_cross_entropy(entropy, 0.7, tau).sum(); },
                     std::log(tau) / 0.3);
  }
}

TEST_CASE("Fifty steps of PHuber-GCE on LeNet-5 agree with an independent implementation, in either arithmetic",
          "[methods][phuber_gce][training]") {
  check_fifty_steps("phuber_gce", {{"q", 0.7}, {"tau", 1.5}});
}

}  // namespace
}  // namespace nlb
