// Backward with the matrix that the noise was drawn by: whole trainings, and matrices that have no inverse. The losses
// are those of backward_test.cpp.
#include "core/error.h"
#include "methods/known_matrix.h"
#include "tests/methods/twenty_steps.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("Twenty steps of Backward with the true matrix agree with an independent implementation",
          "[methods][backward_true][training]") {
  check_twenty_steps("backward_true", {{"least_probability", 1e-7}});
  check_twenty_steps("backward_true", {{"least_probability", 0.22}}, "backward_true_clamped");
}

TEST_CASE("A true matrix without inverse fails the trial", "[methods][backward_true]") {
  TrialSpec spec = tiny_spec("backward_true", {{"least_probability", 1e-7}});
  spec.noise->rate = 0.75;  // of four classes: every row is uniform
  const TrainingSet set(tiny_data(), spec.recipe, 1, torch::kCPU);
  CHECK_THROWS_AS(make_method({.spec = spec, .set = set, .device = torch::kCPU}), TrialFailure);
}

}  // namespace
}  // namespace nlb
