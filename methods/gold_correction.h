// methods/gold_correction.h -- the frame of GLC's table: a first network learns the labels of the samples that are not
// trusted, a matrix is read off it, a second network learns trusted labels by cross-entropy and the others through the
// matrix. Hendrycks et al., NeurIPS 2018, arXiv:1802.05300; code mmazeika/glc:MNIST/MNIST_experiments_pytorch.py.
#pragma once

#include "training/stages.h"
#include "training/transition.h"

namespace nlb {

/// What each of the methods' options share.
struct GoldOptions {
  SecondStageWeights second_weights;
  bool separate_passes;    ///< trusted and other samples of a batch go through the network apart
  bool divide_by_nominal;  ///< the summed losses are divided by the recipe's batch size, else by the number of samples
};
void read(OptionReader& from, GoldOptions& to);

class GoldCorrection : public Stages {
 public:
  void visit_state(StateVisitor& visitor) override;

 protected:
  GoldCorrection(const MethodContext& context, const GoldOptions& options);
  /// [K, K] from the first network: learner().
  virtual torch::Tensor estimate() = 0;

 private:
  void before_stage(size_t stage) override;
  Trained train(size_t stage, const Batch& batch) override;
  const GoldOptions options_;
  const torch::Tensor trusted_;  // [N] bool
  torch::Tensor matrix_;         // [K, K], 0 until the second training
};

/// Rows: mean softmax over the trusted samples of each class; the identity's where there is none.
class Glc final : public GoldCorrection {
 public:
  explicit Glc(const MethodContext& context);

 private:
  torch::Tensor estimate() override;
};

struct ConfusionMatrixOptions {
  GoldOptions gold;
  double count_epsilon;  ///< added to each row's sum of counts
  double smoothing;      ///< s of (1 - s) C + s / K
};
void read(OptionReader& from, ConfusionMatrixOptions& to);

/// Counts of predicted classes over the trusted samples of each class, smoothed.
class ConfusionMatrix final : public GoldCorrection {
 public:
  explicit ConfusionMatrix(const MethodContext& context);

 private:
  ConfusionMatrix(const MethodContext& context, const ConfusionMatrixOptions& options);
  torch::Tensor estimate() override;
  const ConfusionMatrixOptions options_;
};

struct ForwardGoldOptions {
  GoldOptions gold;
  AnchorOptions anchor;
  bool untrusted_anchors;  ///< anchor points among the samples that are not trusted; else among all
};
void read(OptionReader& from, ForwardGoldOptions& to);

/// Patrini et al.'s anchor points among all samples, or all that are not trusted.
class ForwardGold final : public GoldCorrection {
 public:
  explicit ForwardGold(const MethodContext& context);

 private:
  ForwardGold(const MethodContext& context, const ForwardGoldOptions& options);
  torch::Tensor estimate() override;
  const ForwardGoldOptions options_;
};

}  // namespace nlb
