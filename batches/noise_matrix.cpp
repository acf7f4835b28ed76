#include "batches/noise_matrix.h"

#include "datasets/noise_matrix.h"

namespace nlb {

torch::Tensor noise_matrix(const TrialSpec& spec, int64_t classes, const torch::TensorOptions& options) {
  if (!spec.noise) return torch::eye(classes, options);
  const auto rows = label_matrix(*spec.noise, classes, spec.seeds.noise.value_or(0));
  auto matrix = torch::empty({classes, classes}, torch::kFloat64);
  for (int64_t c = 0; c < classes; ++c) {
    matrix[c].copy_(torch::tensor(rows[static_cast<size_t>(c)], torch::kFloat64));
  }
  return matrix.to(options);
}

}  // namespace nlb
