// Forward with the matrix that the noise was drawn by: whole trainings. The losses are those of forward_test.cpp.
#include "batches/noise_matrix.h"
#include "core/error.h"
#include "methods/known_matrix.h"
#include "tests/methods/twenty_steps.h"
#include "tests/methods/vectors.h"

namespace nlb {
namespace {

using namespace test;

// Patrini et al., section 5: 2 -> 7, 3 -> 8, 5 <-> 6, 7 -> 1.
TEST_CASE("The matrix that a method is told is the generator's, and the identity where no noise is drawn",
          "[methods][forward_true]") {
  TrialSpec spec = tiny_spec("forward_true", Json::object());
  spec.noise = NoiseSpec{.generator = "mnist_asymmetric", .rate = 0.6};
  auto expected = torch::eye(10, kDouble);
  for (const auto& [from, to] : std::vector<std::pair<int64_t, int64_t>>{{2, 7}, {3, 8}, {5, 6}, {6, 5}, {7, 1}}) {
    expected[from][from] = 0.4;
    expected[from][to] = 0.6;
  }
  CHECK((noise_matrix(spec, 10, kDouble) - expected).abs().max().item<double>() < 1e-15);
  spec.noise->rate = 0;
  CHECK(torch::equal(noise_matrix(spec, 10, kDouble), torch::eye(10, kDouble)));
  spec.noise.reset();
  CHECK(torch::equal(noise_matrix(spec, 10, kDouble), torch::eye(10, kDouble)));
}

TEST_CASE("Twenty steps of Forward with the true matrix agree with an independent implementation",
          "[methods][forward_true][training]") {
  check_twenty_steps("forward_true", Json::object());
  check_twenty_steps("forward_true", {{"least_probability", 0.22}}, "forward_true_clamped");
}

}  // namespace
}  // namespace nlb
