// methods/ce.h -- plain cross-entropy: the row every other is compared with.
#pragma once

#include "methods/one_net.h"

namespace nlb {

/// -log softmax(logits)[label] of each sample: [B]. logits [B, C] float, labels [B] int64 in [0, C).
torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels);

class Ce final : public OneNet {
 public:
  explicit Ce(const MethodContext& context) : OneNet(context) {}
  StepLog step(const Step& step) override;
};

}  // namespace nlb
