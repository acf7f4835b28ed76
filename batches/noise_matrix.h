// batches/noise_matrix.h -- the transition matrix that a trial's noise is drawn by, as a tensor: for methods that are
// told the noise (their facts say noise_type "given").
#pragma once

#include <torch/torch.h>

#include "protocols/trial.h"

namespace nlb {

/// [classes, classes], row = clean class, column = noisy class. The identity without noise. Throws InputError as
/// label_matrix does (datasets/noise_matrix.h).
torch::Tensor noise_matrix(const TrialSpec& spec, int64_t classes, const torch::TensorOptions& options);

}  // namespace nlb
