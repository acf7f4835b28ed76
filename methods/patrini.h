// methods/patrini.h -- forward and backward loss correction with a matrix from anchor points: Patrini et al., CVPR
// 2017, arXiv:1609.03683; code giorgiop/loss-correction; forward as in mmazeika/glc too.
#pragma once

#include "training/held_out.h"
#include "training/losses.h"
#include "training/stages.h"
#include "training/transition.h"

namespace nlb {

/// What both methods' options share.
struct AnchorCorrectionOptions {
  AnchorOptions anchor;
  SecondStageWeights second_weights;
  bool chooses_epoch;  ///< of the first training, by held-out loss
  Scored scored;       ///< of the second, whose held-out loss is the corrected one
};
void read(OptionReader& from, AnchorCorrectionOptions& to);

/// Softmax is clamped to [l, 1 - l] before its logarithm.
struct ForwardOptions {
  AnchorCorrectionOptions shared;
  std::optional<double> least_probability;  ///< of both trainings; absent: exact logarithms, as mmazeika/glc
};
void read(OptionReader& from, ForwardOptions& to);
struct BackwardOptions {
  AnchorCorrectionOptions shared;
  double least_probability;  ///< of the second training, whose logarithms have negative weights
};
void read(OptionReader& from, BackwardOptions& to);

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
  bool asks_held_out() const override { return options_.chooses_epoch || options_.scored.lowest_held_out_loss; }
  void take_held_out(const EvaluationSet& noisy) override { held_out_ = &noisy; }

 protected:
  AnchorCorrection(const MethodContext& context, const AnchorCorrectionOptions& options);
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
  const AnchorCorrectionOptions options_;
  const EvaluationSet* held_out_ = nullptr;
  BestNetwork chosen_;    // of the training that runs
  torch::Tensor matrix_;  // [K, K], 0 until the second training
};

class Forward final : public AnchorCorrection {
 public:
  explicit Forward(const MethodContext& context);

 private:
  Forward(const MethodContext& context, const ForwardOptions& options);
  std::optional<double> least_of_first() const override { return options_.least_probability; }
  torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& labels,
                       const torch::Tensor& matrix) const override;
  const ForwardOptions options_;
};

class Backward final : public AnchorCorrection {
 public:
  explicit Backward(const MethodContext& context);

 private:
  Backward(const MethodContext& context, const BackwardOptions& options);
  torch::Tensor prepared(const torch::Tensor& matrix) const override;
  torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& labels,
                       const torch::Tensor& matrix) const override;
  const BackwardOptions options_;
};

}  // namespace nlb
