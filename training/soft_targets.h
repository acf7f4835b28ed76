// training/soft_targets.h -- cross-entropy against distributions, and the entropy of predictions: mathematics that
// several methods share.
#pragma once

#include <torch/torch.h>

namespace nlb {

/// Rows of the identity: [B, classes] of `type`. labels [B] int64 in [0, classes).
torch::Tensor one_hot(const torch::Tensor& labels, int64_t classes, torch::ScalarType type);

/// Entry `labels[i]` of row i: [B]. rows [B, C], labels [B] int64 in [0, C).
torch::Tensor of_label(const torch::Tensor& rows, const torch::Tensor& labels);

/// -sum_k t_k log softmax(logits)_k of each sample: [B]. logits and targets [B, C] float.
torch::Tensor soft_cross_entropy(const torch::Tensor& logits, const torch::Tensor& targets);

/// Entropy of softmax(logits) of each sample in nats: [B]. Its gradient flows through both factors of p log p.
torch::Tensor prediction_entropy(const torch::Tensor& logits);

}  // namespace nlb
