// GLC: the matrix and the mixed loss of the card, of the authors' code and of whole trainings.
#include <cmath>
#include <vector>

#include "methods/gold_correction.h"
#include "tests/methods/authors_vectors.h"
#include "tests/methods/matrices.h"
#include "tests/methods/stages.h"
#include "tests/methods/vectors.h"
#include "training/transition.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("GLC's mixed loss has the card's values", "[methods][glc]") {
  const auto logits = torch::cat({logits_f(), torch::tensor({{1.0, 0.0, -1.0, 0.5}}, kDouble)});
  const auto labels = torch::tensor({2, 3, 0, 0}, torch::kInt64);
  const auto trusted = torch::tensor({false, false, false, true});
  check_close(forward_losses(logits, labels, matrix_glc(), trusted),
              {1.835046260, 0.802706866, 1.727152858, 0.746567269});
  const auto over = [&](double divisor) {
    return [&, divisor](const auto& z) { return forward_losses(z, labels, matrix_glc(), trusted).sum() / divisor; };
  };
  check_close(over(4)(logits), {1.277868313});
  check_close(over(128)(logits), {0.039933385});
  check_close(gradient(over(4), logits)[0], {0.064141490, 0.005872183, -0.081731266, 0.011717593});
}

TEST_CASE("A trusted label that the matrix calls impossible costs its cross-entropy", "[methods][glc]") {
  const auto matrix = torch::tensor({{1.0, 0.0}, {1.0, 0.0}}, kDouble);
  const auto y = torch::tensor({1}, torch::kInt64);
  const auto sum = [&](const auto& z) { return forward_losses(z, y, matrix, torch::tensor({true})).sum(); };
  const auto z = torch::zeros({1, 2}, kDouble);
  check_close(sum(z), {std::log(2)});
  check_close(gradient(sum, z), {0.5, -0.5});
}

TEST_CASE("The rows of GLC's matrix are means over the trusted samples of a class", "[methods][glc]") {
  check_close(mean_rows(gold_rows(), gold_labels()),
              {.6, .2, .1, .1, .1, .8, .05, .05, .2, .2, .5, .1, .05, .15, .1, .7});
  const auto without_two = torch::tensor({0, 0, 1, 1, 3, 3}, torch::kInt64);
  check_close(mean_rows(gold_rows(), without_two)[2], {0, 0, 1, 0});
}

TEST_CASE("GLC: matrix and losses are those of the authors' code", "[methods][glc][authors]") {
  const Vector vector("glc/ours");
  check_gold_losses(vector, mean_rows(vector.in("probabilities"), vector.classes("trusted_labels")));
}

TEST_CASE("GLC's two trainings agree with an independent implementation", "[methods][glc][training]") {
  check_stages({"glc", joined(kGold, {{"empty_class", "identity"}}), {"noisy", "net"}});
}

}  // namespace
}  // namespace nlb
