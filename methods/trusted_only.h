// methods/trusted_only.h -- cross-entropy on the trusted samples alone: the row that shows what they are worth.
// mmazeika/glc:MNIST/MNIST_gold_only.py.
#pragma once

#include "training/stages.h"

namespace nlb {

class TrustedOnly final : public Stages {
 public:
  explicit TrustedOnly(const MethodContext& context);

 private:
  void before_stage(size_t) override {}
  Trained train(size_t, const Batch& batch) override;
  const bool divides_by_nominal_;  // summed losses by the recipe's batch size, so that a short batch moves less
};

}  // namespace nlb
