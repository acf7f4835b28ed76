// PHuber-CE: the loss of the card, where it changes its form, and whole trainings.
#include <cmath>

#include "methods/phuber.h"
#include "tests/methods/fifty_steps.h"
#include "tests/methods/phuber_losses.h"
#include "tests/methods/vectors.h"
#include "training/losses.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("Partially Huberised cross-entropy has the card's values and gradients", "[methods][phuber_ce]") {
  const auto row = GENERATE(values<PhuberRow>({{"cross-entropy, one sample on the tangent",
                                                10,
                                                {1.875418704, 0.521425830, 2.335736022},
                                                {0.229000523, 0.011401265, -0.282236410, 0.041834623},
                                                1.577526852},
                                               {"cross-entropy, two samples on the tangent",
                                                2,
                                                {1.386565641, 0.521425830, 1.499777366},
                                                {0.070207333, 0.003495417, -0.086528473, 0.012825723},
                                                1.135922946}}));
  check_phuber(row,
               [&](const torch::Tensor& z) { return phuber_cross_entropy(cross_entropy(z, labels_f()), row.tau); });
}

TEST_CASE("Value and slope of a partially Huberised cross-entropy are continuous, and both are finite far out",
          "[methods][phuber_ce]") {
  for (const double tau : {1.5, 2.0, 10.0}) {
    check_continuous([&](const auto& entropy) { return phuber_cross_entropy(entropy, tau).sum(); }, std::log(tau));
  }
}

TEST_CASE("Fifty steps of PHuber-CE on LeNet-5 agree with an independent implementation, in either arithmetic",
          "[methods][phuber_ce][training]") {
  check_fifty_steps("phuber_ce", {{"tau", 10}});
}

}  // namespace
}  // namespace nlb
