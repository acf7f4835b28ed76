// training/mean_cross_entropy.h -- the loss of a step on plain cross-entropy, as one operation.
#pragma once

#include <torch/torch.h>

namespace nlb {

struct MeanCrossEntropy {
  torch::Tensor entropies;  ///< [B]: cross_entropy(logits, labels), without gradient
  torch::Tensor mean;       ///< 0-dim: their mean, to be minimised
};

/// The same bits, in value and gradient, as cross_entropy(logits, labels).mean(). logits [B, C] float, labels [B] int64
/// in [0, C). On the CPU one node of the graph takes the place of three, which a small net's step feels; it goes
/// backward once and has no second derivative. Throws where a label is no class.
MeanCrossEntropy mean_cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels);

}  // namespace nlb
