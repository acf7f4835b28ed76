// methods/label_smoothing.h -- label smoothing: Szegedy et al., CVPR 2016, arXiv:1512.00567; under label noise: Lukasik
// et al., ICML 2020.
#pragma once

#include "training/loss_method.h"

namespace nlb {

/// Whom the mass taken from the label goes to, in equal parts.
enum class Spread { all_classes, other_classes };

/// No defaults: the protocol gives each value with its source.
struct LabelSmoothingOptions {
  double epsilon;  ///< mass taken from the given label, [0, 1]
  Spread spread;
};
LabelSmoothingOptions label_smoothing_options(const Json& options);

/// CE against q = (1 - e)[k = label] + e / C of each sample: [B]; e = epsilon, or epsilon C / (C - 1) where it is
/// spread over the other classes alone. logits [B, C] float; entropies [B], their cross-entropy against the given
/// labels.
torch::Tensor smoothed_cross_entropy(const torch::Tensor& logits, const torch::Tensor& entropies,
                                     const LabelSmoothingOptions& options);

class LabelSmoothing final : public LossMethod {
 public:
  explicit LabelSmoothing(const MethodContext& context);

 private:
  torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& entropies) const override;
  const LabelSmoothingOptions options_;
};

}  // namespace nlb
