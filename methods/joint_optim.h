// methods/joint_optim.h -- joint optimisation of weights and labels, then a second training on the labels found. Tanaka
// et al., CVPR 2018, arXiv:1803.11364; reference code DaikiTanaka-UT/JointOptimization.
#pragma once

#include "training/one_net.h"

namespace nlb {

/// No defaults: the protocol gives each value with its source. Epochs are 0-based from the trial's start.
struct JointOptimOptions {
  double alpha;                         ///< weight of the prior term, unitless, >= 0
  double beta;                          ///< weight of the entropy term, unitless, >= 0
  int64_t averaged_epochs;              ///< predictions that a label is the mean of, >= 1
  int64_t relabelling_start_epoch;      ///< first epoch trained on labels found
  int64_t second_training_start_epoch;  ///< first epoch of the second training
  StageRate second;                     ///< milestones counted from the second training's start
};
void read(OptionReader& from, JointOptimOptions& to);

/// -1 / C sum_c log of the batch's mean probability of class c, for a uniform prior over classes: 0-dim. Finite where
/// every probability of a class underflows. logits [B, C] float.
torch::Tensor uniform_prior_loss(const torch::Tensor& logits);
/// Loss of the first training, 0-dim: mean soft cross-entropy + alpha prior term + beta mean entropy.
/// logits [B, C] float; labels [B, C] float distributions, carry no gradient.
torch::Tensor joint_optim_loss(const torch::Tensor& logits, const torch::Tensor& labels, double alpha, double beta);

/// Its first training ends with second_training_start_epoch; the recipe's epochs are those of both trainings.
class JointOptim final : public OneNet {
 public:
  explicit JointOptim(const MethodContext& context);
  std::vector<Pass> begin_epoch(int64_t epoch) override;
  StepLog step(const Step& step) override;
  void visit_state(StateVisitor& visitor) override;

 private:
  void relabel(int64_t epochs_done);
  void train_again();
  StepLog first_step(const Step& step, const torch::Tensor& logits, const torch::Tensor& labels);
  StepLog second_step(const Step& step, const torch::Tensor& logits, const torch::Tensor& labels);
  const MethodContext context_;
  const JointOptimOptions options_;
  const Schedule second_schedule_;
  int64_t training_ = 0;   // 0: the first, 1: the second
  torch::Tensor labels_;   // [N, C], row i: distribution that training sample i is trained on; at first its given label
  torch::Tensor history_;  // [averaged_epochs, N, C]: predictions of epoch e in slot e mod averaged_epochs; first only
};

}  // namespace nlb
