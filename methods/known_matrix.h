// methods/known_matrix.h -- forward and backward correction with the matrix that the noise was drawn by (forward_true,
// backward_true): the rows "true T" of Patrini et al., CVPR 2017, arXiv:1609.03683; code giorgiop/loss-correction.
#pragma once

#include <optional>

#include "training/loss_method.h"

namespace nlb {

struct ForwardTrueOptions {
  std::optional<double> least_probability;  ///< softmax is clamped to [l, 1 - l]; absent: exact logarithms
  Scored scored;
};
void read(OptionReader& from, ForwardTrueOptions& to);

struct BackwardTrueOptions {
  double least_probability;
  Scored scored;
};
void read(OptionReader& from, BackwardTrueOptions& to);

class ForwardTrue final : public SampleLosses {
 public:
  explicit ForwardTrue(const MethodContext& context);

 private:
  ForwardTrue(const MethodContext& context, const ForwardTrueOptions& options);
  torch::Tensor losses_of(const torch::Tensor& logits, const torch::Tensor& labels,
                          const torch::Tensor& entropies) const override;
  const torch::Tensor matrix_;                     // [K, K]
  const std::optional<double> least_probability_;  // absent: exact logarithms
};

class BackwardTrue final : public SampleLosses {
 public:
  /// Throws TrialFailure for a matrix that is singular in double.
  explicit BackwardTrue(const MethodContext& context);

 private:
  BackwardTrue(const MethodContext& context, const BackwardTrueOptions& options);
  torch::Tensor losses_of(const torch::Tensor& logits, const torch::Tensor& labels,
                          const torch::Tensor& entropies) const override;
  const torch::Tensor inverse_;  // [K, K]
  const double least_probability_;
};

}  // namespace nlb
