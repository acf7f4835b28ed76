// methods/label_smoothing.h -- label smoothing: Szegedy et al., CVPR 2016, arXiv:1512.00567; under label noise: Lukasik
// et al., ICML 2020.
#pragma once

#include <optional>

#include "training/loss_method.h"

namespace nlb {

/// Whom the mass taken from the label goes to, in equal parts. tenth_each is the loss of
/// YisenWang/symmetric_cross_entropy_for_noisy_labels:loss.py:24-31 as it stands: each other class gets epsilon / 10
/// however many there are, the label keeps 1 - epsilon, so that ten classes sum to 1 - epsilon / 10 and not to 1.
enum class Spread { all_classes, other_classes, tenth_each };

/// No defaults: the protocol gives each value with its source.
struct LabelSmoothingOptions {
  double epsilon;  ///< mass taken from the given label, [0, 1]
  Spread spread;
  std::optional<double> least_probability = std::nullopt;  ///< each p is raised to it; absent: exact logarithms
};
void read(OptionReader& from, LabelSmoothingOptions& to);

/// CE against q = (1 - e)[k = label] + e / C of each sample: [B]; e = epsilon, or epsilon C / (C - 1) where it is
/// spread over the other classes alone; with tenth_each against q = (1 - epsilon - epsilon / 10)[k = label] +
/// epsilon / 10. logits [B, C] float; entropies [B], their cross-entropy against the given labels.
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
