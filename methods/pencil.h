// methods/pencil.h -- PENCIL: label distributions learned by back-propagation. Yi & Wu, CVPR 2019, arXiv:1903.07788;
// reference code yikun2019/PENCIL:PENCIL.py.
#pragma once

#include "training/one_net.h"

namespace nlb {

/// How the given label pulls at its sample's distribution d.
enum class Compatibility {
  probability,    ///< -log d[label], as the paper writes it
  softmax_again,  ///< the reference code: d itself goes into a cross-entropy that takes one more softmax
};

/// No defaults: the protocol gives each value with its source.
struct PencilOptions {
  double alpha;          ///< weight of the compatibility term, unitless, >= 0
  double beta;           ///< weight of the entropy term, unitless, >= 0
  double lambda;         ///< step of the distributions' logits, unitless, >= 0
  double last_lambda;    ///< to which it falls by equal parts over the correction's epochs; lambda: it stays
  double initial_logit;  ///< of the given label, unitless, > 0; the others start at 0
  Compatibility compatibility;
  int64_t correction_start_epoch;   ///< 0-based; before it: cross-entropy on the given labels
  int64_t fine_tuning_start_epoch;  ///< 0-based; from it on the distributions stay
  StageRate fine_tuning;            ///< milestones counted from the trial's start
};
void read(OptionReader& from, PencilOptions& to);

// Shapes: logits [B, C] float, the step's own; label_logits [B, C] float, d = softmax(label_logits); labels [B] int64.

/// KL(softmax(logits) || d) / C of each sample: [B]. The gradient flows into both.
torch::Tensor pencil_divergence(const torch::Tensor& logits, const torch::Tensor& label_logits);
/// Mean over the batch of the compatibility term: 0-dim.
torch::Tensor pencil_compatibility(const torch::Tensor& label_logits, const torch::Tensor& labels,
                                   Compatibility compatibility);
/// Loss of the correction stage, 0-dim: mean divergence + alpha compatibility + beta / C mean entropy of predictions.
torch::Tensor pencil_loss(const torch::Tensor& logits, const torch::Tensor& label_logits, const torch::Tensor& labels,
                          const PencilOptions& options);

/// lambda - s (lambda - last_lambda) / n in epoch s = 0, 1, ... of the correction's n epochs. epoch: of the trial.
/// AlexandrosPetropoulos/PENCIL:PENCIL.py takes 4000 / 130 away after each of them.
double pencil_lambda(const PencilOptions& options, int64_t epoch);

class Pencil final : public OneNet {
 public:
  explicit Pencil(const MethodContext& context);
  StepLog step(const Step& step) override;
  void visit_state(StateVisitor& visitor) override;

 private:
  StepLog correct(const Step& step);
  StepLog fine_tune(const Step& step);
  const PencilOptions options_;
  const Schedule fine_tuning_;
  torch::Tensor label_logits_;  // [N, C], row i: logits of training sample i's label distribution
};

}  // namespace nlb
