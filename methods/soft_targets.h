// methods/soft_targets.h -- cross-entropy against distributions: distillation, refined labels.
#pragma once

#include <torch/torch.h>

namespace nlb {

/// -sum_k t_k log softmax(logits)_k of each sample: [B]. logits, targets [B, K] float; targets carry no gradient.
inline torch::Tensor soft_cross_entropy(const torch::Tensor& logits, const torch::Tensor& targets) {
  return -(targets * torch::log_softmax(logits, 1)).sum(1);
}

}  // namespace nlb
