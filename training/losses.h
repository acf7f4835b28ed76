// training/losses.h -- losses of single samples that several methods are made of. Cross-entropies are natural
// logarithms.
#pragma once

#include <torch/torch.h>

namespace nlb {

/// -log softmax(logits)[label] of each sample: [B]. logits [B, C] float, labels [B] int64 in [0, C).
torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels);

/// L_q of Zhang & Sabuncu, NeurIPS 2018, arXiv:1805.07836: (1 - (p + epsilon)^q) / q with p = exp(-cross_entropy): [B]
/// like its argument. Exact for tiny p and for q near 0.
torch::Tensor generalised_cross_entropy(const torch::Tensor& cross_entropy, double q, double epsilon = 0);

/// 1 - p with p = exp(-cross_entropy), van Rooyen et al., NeurIPS 2015, arXiv:1505.07634: [B] like its argument. Exact
/// also for p near 1.
torch::Tensor unhinged_loss(const torch::Tensor& cross_entropy);

// Logarithms of probabilities that a source clamps: Keras's losses clamp softmax to [1e-7, 1 - 1e-7], others from below
// alone. A clamped probability has no gradient. What a method computes without the option "least_probability" is exact.

/// log softmax(logits), the softmax clamped to [least, 1 - least]: [B, C] like logits.
torch::Tensor log_softmax_clamped(const torch::Tensor& logits, double least);

/// -log p of each sample from `entropies` = -log p [B], p raised to `least`.
torch::Tensor entropies_from_below(const torch::Tensor& entropies, double least);

/// The same with p clamped to [least, 1 - least].
torch::Tensor entropies_clamped(const torch::Tensor& entropies, double least);

}  // namespace nlb
