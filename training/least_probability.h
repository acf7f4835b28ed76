// training/least_probability.h -- logarithms of probabilities that a source clamps: Keras's losses clamp softmax to
// [1e-7, 1 - 1e-7], others from below alone. A clamped probability has no gradient. What a method computes without the
// option "least_probability" is exact.
#pragma once

#include <torch/torch.h>

#include <optional>

#include "core/json.h"

namespace nlb {

/// The option "least_probability"; absent: exact logarithms.
std::optional<double> least_probability(const Json& options);

/// log softmax(logits), the softmax clamped to [least, 1 - least]: [B, C] like logits.
torch::Tensor log_softmax_clamped(const torch::Tensor& logits, double least);

/// -log p of each sample from `entropies` = -log p [B], p raised to `least`.
torch::Tensor entropies_from_below(const torch::Tensor& entropies, double least);

/// The same with p clamped to [least, 1 - least].
torch::Tensor entropies_clamped(const torch::Tensor& entropies, double least);

}  // namespace nlb
