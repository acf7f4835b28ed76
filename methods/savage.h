// methods/savage.h -- the Savage loss of softmax outputs as giorgiop/loss-correction:loss.py has it, whose row stands
// in Patrini et al., CVPR 2017: Masnadi-Shirazi & Vasconcelos, NeurIPS 2008.
#pragma once

#include "training/loss_method.h"

namespace nlb {

/// Mean over the `classes` classes of 1 / (1 + exp(2 y_k p_k))^2, y one-hot, p the softmax clamped to [least, 1 -
/// least]: [B], from cross-entropies [B]. A class that is not the label adds 1/4.
torch::Tensor savage_losses(const torch::Tensor& entropies, int64_t classes, double least);

struct SavageOptions {
  double least_probability;  ///< softmax is clamped to [l, 1 - l]
  Scored scored;
};
void read(OptionReader& from, SavageOptions& to);

class Savage final : public LossMethod {
 public:
  explicit Savage(const MethodContext& context);

 private:
  Savage(const MethodContext& context, const SavageOptions& options);
  torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& entropies) const override;
  const double least_probability_;
};

}  // namespace nlb
