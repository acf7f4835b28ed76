// training/trusted.h -- what methods with a trusted set ask of the training set.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "batches/training_set.h"

namespace nlb {

/// Positions that are not trusted, increasing.
std::vector<int64_t> untrusted_positions(const TrainingSet& set);

/// [N] bool on the device, with its mirror on the host: trusted.
torch::Tensor trusted_mask(const TrainingSet& set);

/// [positions] int64 on the device: their given labels, which are clean where the positions are trusted.
torch::Tensor labels_of(const TrainingSet& set, const std::vector<int64_t>& positions);

}  // namespace nlb
