// methods/decoupling.h -- Decoupling: two networks, updated only where they disagree. Malach & Shalev-Shwartz, NeurIPS
// 2017, arXiv:1706.02613; reference code emalach/UpdateByDisagreement:train.py.
#pragma once

#include "training/two_nets.h"

namespace nlb {

/// No defaults: the protocol gives each value with its source (0.1 and 0: emalach/UpdateByDisagreement:train.py).
struct DecouplingOptions {
  double least_share;  ///< of the batch that a loss is divided by at least, (0, 1]
  int64_t init_steps;  ///< first steps, in which every sample counts
};
void read(OptionReader& from, DecouplingOptions& to);

/// sum(weights * losses) / max(least_share * B, sum(weights)): 0-dim. losses [B]; weights [B] of 0 and 1, no gradient.
torch::Tensor disagreement_loss(const torch::Tensor& losses, const torch::Tensor& weights, double least_share);

class Decoupling final : public TwoNets {
 public:
  explicit Decoupling(const MethodContext& context);
  StepLog step(const Step& step) override;

 private:
  const DecouplingOptions options_;
};

}  // namespace nlb
