// training/loss_method.h -- what the methods share that are a loss and nothing else: each step descends on the batch
// mean of one loss per sample.
#pragma once

#include "training/one_net.h"

namespace nlb {

class LossMethod : public OneNet {
 public:
  StepLog step(const Step& step) final;

 protected:
  using OneNet::OneNet;

 private:
  /// Loss of each sample: [B]. logits [B, C]; entropies [B], their cross-entropy against the given labels.
  virtual torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& entropies) const = 0;
};

}  // namespace nlb
