// methods/linear.h -- the unhinged (linear) loss on softmax outputs: van Rooyen et al., NeurIPS 2015, arXiv:1505.07634;
// code compared with: dmizr/phuber:phuber/loss.py.
#pragma once

#include "training/loss_method.h"

namespace nlb {

class Unhinged final : public LossMethod {
 public:
  explicit Unhinged(const MethodContext& context) : LossMethod(context) {}

 private:
  torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& entropies) const override;
};

}  // namespace nlb
