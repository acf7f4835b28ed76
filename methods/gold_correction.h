// methods/gold_correction.h -- the frame of GLC's table: a first network learns the labels of the samples that are not
// trusted, a matrix is read off it, a second network learns trusted labels by cross-entropy and the others through the
// matrix. Hendrycks et al., NeurIPS 2018, arXiv:1802.05300; code mmazeika/glc:MNIST/MNIST_experiments_pytorch.py.
#pragma once

#include "training/stages.h"
#include "training/transition.h"

namespace nlb {

/// What each of the methods' options share.
struct GoldOptions {
  bool separate_passes;    ///< trusted and other samples of a batch go through the network apart
  bool divide_by_nominal;  ///< the summed losses are divided by the recipe's batch size, else by the number of samples
};
GoldOptions gold_options(const Json& options);

class GoldCorrection : public Stages {
 public:
  void visit_state(StateVisitor& visitor) override;

 protected:
  explicit GoldCorrection(const MethodContext& context);
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
  explicit Glc(const MethodContext& context) : GoldCorrection(context) {}

 private:
  torch::Tensor estimate() override;
};

/// Counts of predicted classes over the trusted samples of each class, smoothed.
class ConfusionMatrix final : public GoldCorrection {
 public:
  explicit ConfusionMatrix(const MethodContext& context);

 private:
  torch::Tensor estimate() override;
  const double count_epsilon_, smoothing_;
};

/// Patrini et al.'s anchor points among all samples, or all that are not trusted.
class ForwardGold final : public GoldCorrection {
 public:
  explicit ForwardGold(const MethodContext& context);

 private:
  torch::Tensor estimate() override;
  const AnchorOptions anchor_;
  const bool untrusted_anchors_;
};

}  // namespace nlb
