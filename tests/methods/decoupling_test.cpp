// Decoupling: the loss of the card.
#include "methods/decoupling.h"

#include "tests/methods/two_nets.h"
#include "tests/methods/vectors.h"
#include "training/losses.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("Decoupling's loss has the card's value and the floor under its divisor", "[methods][decoupling]") {
  const auto l1 = cross_entropy(kLogits1, kLabels);
  const auto weights = disagreement(kLogits1, kLogits2).to(torch::kFloat64);
  CHECK(disagreement_loss(l1, weights, .1).item<double>() == near(.9452517767));
  CHECK(disagreement_loss(l1, weights, 1).item<double>() == near(.9452517767 * 5 / 8));
  CHECK(disagreement_loss(l1, torch::zeros_like(l1), .1).item<double>() == 0);
}

}  // namespace
}  // namespace nlb
