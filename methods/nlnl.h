// methods/nlnl.h -- NLNL: negative learning, then selective negative and positive learning, then two trainings on the
// labels found. Kim et al., ICCV 2019, arXiv:1908.07387; reference code
// ydkim1293/NLNL-Negative-Learning-for-Noisy-Labels.
#pragma once

#include "training/one_net.h"

namespace nlb {

/// What the loss of a sample's complementary labels is.
enum class ComplementReduction {
  mean,  ///< over its draws
  sum,   ///< the reference code: sums over draws, divides by samples
};

/// No defaults: the protocol gives each value with its source. Epochs are 0-based from the trial's start; a phase that
/// starts where the next one does is left out, and so are the pseudo trainings that start with the recipe's end.
struct NlnlOptions {
  int64_t complementary_labels;  ///< drawn for a sample at each visit, with replacement, >= 1
  ComplementReduction reduction;
  double least_complement;    ///< lower bound of 1 - p under the logarithm, (0, 1)
  int64_t history_epochs;     ///< predictions that a sample's confidence is the mean of, >= 1
  double negative_threshold;  ///< least confidence in selective negative learning, in units of 1 / classes
  double positive_threshold;  ///< least confidence in selective positive learning and pseudo 1, probability
  int64_t selective_negative_start_epoch;
  int64_t selective_positive_start_epoch;
  int64_t pseudo1_start_epoch;
  int64_t pseudo2_start_epoch;
  StageRate pseudo;  ///< milestones counted from the start of each pseudo training
};
void read(OptionReader& from, NlnlOptions& to);

/// Largest count / count of class c among labels [N] int64 where counted [N] bool; 0 for a class without any: [C].
torch::Tensor inverse_frequencies(const torch::Tensor& labels, const torch::Tensor& counted, int64_t classes,
                                  torch::ScalarType type);

/// Numbers below classes - 1, uniform, at (epoch, sample) of `key`: [samples, draws] int64 on the CPU.
torch::Tensor draw_complements(Key key, int64_t epoch, int64_t samples, int64_t draws, int64_t classes);
/// How often each class is among a sample's draws, number r standing for class r among those other than the given one:
/// [B, classes] of `type`. numbers [B, D], labels [B] int64.
torch::Tensor complement_counts(const torch::Tensor& numbers, const torch::Tensor& labels, int64_t classes,
                                torch::ScalarType type);

/// -sum_c count_c log max(1 - p_c, least) of each sample, p = softmax(logits): [B]. logits [B, C] float, counts [B, C].
/// No gradient where the bound holds.
torch::Tensor complementary_losses(const torch::Tensor& logits, const torch::Tensor& counts, double least);
/// sum of weight times loss over the kept samples / their number, 0 where none is kept: 0-dim. losses, weights [B]
/// float, kept [B] bool.
torch::Tensor negative_loss(const torch::Tensor& losses, const torch::Tensor& weights, const torch::Tensor& kept);
/// sum w_i loss_i / sum w_i, 0 where all weights are: 0-dim. losses, weights [B].
torch::Tensor positive_loss(const torch::Tensor& losses, const torch::Tensor& weights);

/// One network learns in phases: negative, selective negative, selective positive. A second one, pseudo 1, learns the
/// samples whose given label the first was confident of; a third, pseudo 2, the mean predictions of pseudo 1. The
/// recipe's epochs are those of all three, its schedule that of the first.
class Nlnl final : public OneNet {
 public:
  explicit Nlnl(const MethodContext& context);
  std::vector<Pass> begin_epoch(int64_t epoch) override;
  StepLog step(const Step& step) override;
  void visit_state(StateVisitor& visitor) override;

 private:
  void enter(int64_t training);
  void start_pseudo1();
  void start_pseudo2();
  /// Mean probability of the given label over the history, before this visit: [B].
  torch::Tensor confidence(const Batch& batch) const;
  void remember(const Step& step, const torch::Tensor& logits);
  StepLog negative_step(const Step& step);
  StepLog positive_step(const Step& step);
  StepLog pseudo1_step(const Step& step);
  StepLog pseudo2_step(const Step& step);
  const MethodContext context_;
  const NlnlOptions options_;
  const Schedule pseudo_schedule_;
  const Key key_;
  int64_t training_ = 0;   // 0: the first, 1: pseudo 1, 2: pseudo 2
  torch::Tensor weights_;  // [N], row i: training sample i's class weight in this training; 0: not trained on
  torch::Tensor
      history_;  // [history_epochs, N, C], predictions of epoch e in slot e mod history_epochs; until pseudo 2
  torch::Tensor targets_;  // [N, C], row i: distribution that pseudo 2 learns for training sample i
  torch::Tensor numbers_;  // [N, D] this epoch's complementary labels; drawn anew before each, so no state
};

}  // namespace nlb
