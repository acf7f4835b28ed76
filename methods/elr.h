// methods/elr.h -- ELR: Liu et al., NeurIPS 2020, arXiv:2007.00151; reference code shengliu66/ELR:ELR/model/loss.py
#pragma once

#include "training/one_net.h"

namespace nlb {

/// The protocol gives each value with its source (3 and 0.7: shengliu66/ELR:ELR/config_cifar10.json).
struct ElrOptions {
  double lambda;  ///< weight of the regulariser, unitless, >= 0
  double beta;    ///< share of the old target kept at each visit, unitless, in [0, 1)
  double clamp;   ///< c of: predictions are clamped to [c, 1 - c], (0, 0.5)
};
void read(OptionReader& from, ElrOptions& to);

/// softmax(logits) clamped to [clamp, 1 - clamp]: [B, C].
torch::Tensor clamped_softmax(const torch::Tensor& logits, double clamp);

/// Targets after a visit: beta * old + (1 - beta) * p / sum p, p = clamped_softmax(logits); [B, C], without gradient.
torch::Tensor elr_targets(const torch::Tensor& logits, const torch::Tensor& old, double beta, double clamp);

/// lambda * log(1 - <p, t>) of each sample, p = clamped_softmax(logits): [B].
/// logits [B, C] float; targets [B, C] float, carries no gradient.
torch::Tensor elr_regulariser(const torch::Tensor& logits, const torch::Tensor& targets, double lambda, double clamp);

class Elr final : public OneNet {
 public:
  explicit Elr(const MethodContext& context);
  StepLog step(const Step& step) override;
  std::optional<std::string> phase(const Step& step) const override { return phase_of_full_batches(step); }
  void visit_state(StateVisitor& visitor) override;

 private:
  const ElrOptions options_;
  torch::Tensor targets_;  // [N, C], row i: running mean of the predictions for training sample i; starts at 0
};

}  // namespace nlb
