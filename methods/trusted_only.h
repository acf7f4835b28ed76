// methods/trusted_only.h -- cross-entropy on the trusted samples alone: the row that shows what they are worth.
// mmazeika/glc:MNIST/MNIST_gold_only.py.
#pragma once

#include "training/stages.h"

namespace nlb {

struct TrustedOnlyOptions {
  int64_t minimum_epochs, minimum_updates;  ///< whichever takes longer
  bool divide_by_nominal;  ///< summed losses by the recipe's batch size, so that a short batch moves less
};
void read(OptionReader& from, TrustedOnlyOptions& to);

class TrustedOnly final : public Stages {
 public:
  explicit TrustedOnly(const MethodContext& context);

 private:
  TrustedOnly(const MethodContext& context, const TrustedOnlyOptions& options);
  void before_stage(size_t) override {}
  Trained train(size_t, const Batch& batch) override;
  const TrustedOnlyOptions options_;
};

}  // namespace nlb
