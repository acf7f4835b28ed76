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
  Trained train(size_t, const Batch& batch) override { return train_on_labels(batch); }
};

}  // namespace nlb
