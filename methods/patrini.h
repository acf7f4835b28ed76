// methods/patrini.h -- forward and backward loss correction with a matrix from anchor points: Patrini et al., CVPR
// 2017, arXiv:1609.03683; code giorgiop/loss-correction; forward as in mmazeika/glc too.
#pragma once

#include "training/stages.h"
#include "training/transition.h"

namespace nlb {

/// A first training by cross-entropy on all given labels, the matrix from anchor points among all samples, a second
/// training on all given labels with the corrected loss.
class AnchorCorrection : public Stages {
 public:
  void visit_state(StateVisitor& visitor) override;

 protected:
  explicit AnchorCorrection(const MethodContext& context);
  /// What the second training uses: from the matrix of anchor points, [K, K].
  virtual torch::Tensor prepared(const torch::Tensor& matrix) const { return matrix; }
  /// [B] from logits [B, K], labels [B] and prepared matrix.
  virtual torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& labels,
                               const torch::Tensor& matrix) const = 0;

 private:
  void before_stage(size_t stage) override;
  Trained train(size_t stage, const Batch& batch) override;
  const AnchorOptions anchor_;
  torch::Tensor matrix_;  // [K, K], 0 until the second training
};

class Forward final : public AnchorCorrection {
 public:
  explicit Forward(const MethodContext& context) : AnchorCorrection(context) {}

 private:
  // DEVIATION: giorgiop/loss-correction clamps softmax to [1e-7, 1 - 1e-7] before the product (Keras); mmazeika/glc
  // does not, and in logarithms nothing needs it.
  torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& labels,
                       const torch::Tensor& matrix) const override;
};

class Backward final : public AnchorCorrection {
 public:
  explicit Backward(const MethodContext& context);

 private:
  torch::Tensor prepared(const torch::Tensor& matrix) const override;
  torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& labels,
                       const torch::Tensor& matrix) const override;
  const double least_probability_;
};

}  // namespace nlb
