// Confusion matrix: the smoothed counts of the released code, and whole trainings.
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

TEST_CASE("Confusion counts are smoothed as in the released code", "[methods][confusion_matrix]") {
  const auto predicted = torch::tensor({0, 1, 1, 2, 3, 3}, torch::kInt64);
  const auto rows = confusion_rows(predicted, torch::tensor({0, 0, 1, 1, 3, 3}, torch::kInt64), 4, 1e-7, 0.01);
  const double half = 0.99 / (2 + 1e-7) + 0.0025, whole = 2 * 0.99 / (2 + 1e-7) + 0.0025;
  check_close(
      rows,
      {half, half, .0025, .0025, .0025, half, half, .0025, .0025, .0025, .0025, .0025, .0025, .0025, .0025, whole},
      1e-12);
}

TEST_CASE("Confusion matrix: matrix and losses are those of the authors' code of GLC",
          "[methods][confusion_matrix][authors]") {
  const Vector vector("glc/confusion");
  const auto probabilities = vector.in("probabilities");
  check_gold_losses(vector, confusion_rows(probabilities.argmax(1), vector.classes("trusted_labels"),
                                           probabilities.size(1), 1e-7, 0.01));
}

TEST_CASE("The confusion matrix's two trainings agree with an independent implementation",
          "[methods][confusion_matrix][training]") {
  check_stages({"confusion_matrix", joined(kGold, {{"count_epsilon", 1e-7}, {"smoothing", 0.01}}), {"noisy", "net"}});
}

}  // namespace
}  // namespace nlb
