// methods/ce.h -- plain cross-entropy: the row every other is compared with.
#pragma once

#include <optional>
#include <vector>

#include "training/loss_method.h"

namespace nlb {

struct CeOptions {
  bool untrusted_alone;
  std::optional<double> least_probability;  ///< softmax is clamped to [l, 1 - l]; absent: exact logarithms
  Scored scored;
  std::optional<int64_t> patience;  ///< epochs; absent: the recipe's epochs are trained
};
void read(OptionReader& from, CeOptions& to);

/// Option "samples": "untrusted" trains on the samples outside the trusted set alone, as the scripts of mmazeika/glc do
/// that print a baseline on CIFAR (CIFAR/train_ours.py, train_phase1); "all" or absent: on the whole training set.
class Ce final : public SampleLosses {
 public:
  explicit Ce(const MethodContext& context);
  std::vector<Pass> begin_epoch(int64_t epoch) override;
  StepLog step(const Step& step) override;

 private:
  Ce(const MethodContext& context, const CeOptions& options);
  torch::Tensor losses_of(const torch::Tensor& logits, const torch::Tensor& labels,
                          const torch::Tensor& entropies) const override;
  const std::optional<std::vector<int64_t>> samples_;  // positions trained on; empty: all
  const std::optional<double> least_probability_;
};

}  // namespace nlb
