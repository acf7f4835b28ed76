// methods/patrini.h -- forward and backward loss correction with a matrix from anchor points: Patrini et al., CVPR
// 2017, arXiv:1609.03683; code giorgiop/loss-correction; forward as in mmazeika/glc too.
#pragma once

#include "training/held_out.h"
#include "training/least_probability.h"
#include "training/stages.h"
#include "training/transition.h"

namespace nlb {

/// A first training by cross-entropy on all given labels, the matrix from anchor points among all samples, a second
/// training on all given labels with the corrected loss. The matrix comes from the first training's last epoch, or from
/// that of its lowest mean loss on held-out samples with noisy labels; of the second training each epoch's network is
/// scored, or the one of the lowest such loss so far, corrected (giorgiop/loss-correction:models.py:97-98, 133: both).
class AnchorCorrection : public Stages, public AsksHeldOut {
 public:
  void end_epoch(int64_t epoch) override;
  /// Under "scored": "lowest_held_out_loss" that network's logits stand first, as "lowest held-out loss".
  std::vector<Output> predict(const torch::Tensor& images) override;
  void visit_state(StateVisitor& visitor) override;
  std::string asks_held_out() const override;
  void take_held_out(const EvaluationSet& noisy) override { held_out_ = &noisy; }

 protected:
  explicit AnchorCorrection(const MethodContext& context);
  /// What the second training uses: from the matrix of anchor points, [K, K].
  virtual torch::Tensor prepared(const torch::Tensor& matrix) const { return matrix; }
  /// Whether the first training's cross-entropy is of a clamped softmax, and how far.
  virtual std::optional<double> least_of_first() const { return std::nullopt; }
  /// [B] from logits [B, K], labels [B] and prepared matrix.
  virtual torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& labels,
                               const torch::Tensor& matrix) const = 0;

 private:
  void before_stage(size_t stage) override;
  Trained train(size_t stage, const Batch& batch) override;
  torch::Tensor first_losses(const torch::Tensor& logits, const torch::Tensor& labels) const;
  const AnchorOptions anchor_;
  const bool chooses_epoch_;  // of the first training, by held-out loss
  const bool scores_chosen_;  // of the second
  const EvaluationSet* held_out_ = nullptr;
  BestNetwork chosen_;    // of the training that runs
  torch::Tensor matrix_;  // [K, K], 0 until the second training
};

class Forward final : public AnchorCorrection {
 public:
  explicit Forward(const MethodContext& context);

 private:
  std::optional<double> least_of_first() const override { return least_probability_; }
  torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& labels,
                       const torch::Tensor& matrix) const override;
  const std::optional<double> least_probability_;  // of both trainings; absent: exact logarithms, as mmazeika/glc
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
