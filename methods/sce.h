// methods/sce.h -- SCE: symmetric cross-entropy. Wang et al., ICCV 2019, arXiv:1908.06112; reference code
// YisenWang/symmetric_cross_entropy_for_noisy_labels:loss.py.
#pragma once

#include <optional>

#include "training/loss_method.h"

namespace nlb {

/// No defaults: the protocol gives each value with its source.
struct SceOptions {
  double alpha;        ///< weight of cross-entropy, unitless, >= 0
  double beta;         ///< weight of reverse cross-entropy, unitless, >= 0
  double log_of_zero;  ///< what stands for log 0 in the reverse term, in nats, < 0 (log 1e-4 in the reference code)
  std::optional<double> least_probability = std::nullopt;  ///< cross-entropy's p is raised to it; absent: exact
};
void read(OptionReader& from, SceOptions& to);

/// -sum_k p_k log t_k with t the one-hot label and log_of_zero for log 0, which is -log_of_zero (1 - p_label): [B] like
/// its argument. p_label = exp(-cross_entropy).
torch::Tensor reverse_cross_entropy(const torch::Tensor& cross_entropy, double log_of_zero);
/// alpha * cross-entropy + beta * reverse cross-entropy of each sample: [B] like its argument.
torch::Tensor symmetric_cross_entropy(const torch::Tensor& cross_entropy, const SceOptions& options);

class Sce final : public LossMethod {
 public:
  explicit Sce(const MethodContext& context);

 private:
  torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& entropies) const override;
  const SceOptions options_;
};

}  // namespace nlb
