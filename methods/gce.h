// methods/gce.h -- GCE: generalised cross-entropy L_q, and its truncated form. Zhang & Sabuncu, NeurIPS 2018,
// arXiv:1805.07836; code compared with (there is no official one): AlanChou/Truncated-Loss.
#pragma once

#include <optional>

#include "training/held_out.h"
#include "training/one_net.h"

namespace nlb {

/// Samples whose given label has probability k or less get weight 0.
struct GceTruncation {
  double k;                         ///< probability, (0, 1)
  int64_t pruning_start_epoch;      ///< first epoch, counted from 1, before which weights may be set anew
  int64_t pruning_interval_epochs;  ///< weights are set anew before every epoch, counted from 1, that this divides
  bool by_best;  ///< by the network of the epoch with most held-out noisy labels right, else by the current one
};

/// No defaults: the protocol gives each value with its source.
struct GceOptions {
  double q;        ///< (0, 1]; towards 0 cross-entropy, at 1 half of the mean absolute error
  double epsilon;  ///< added to p before the power, [0, 1)
  std::optional<GceTruncation> truncation;
};
void read(OptionReader& from, GceOptions& to);

/// L_q at p = k: the loss of a truncated sample.
double truncation_level(double q, double k);
/// Mean over the batch of w (L_q - L_q(k)); losses [B] are L_q, weights [B] of 0 and 1.
torch::Tensor truncated_gce(const torch::Tensor& losses, const torch::Tensor& weights, double q, double k);

class Gce final : public OneNet, public AsksHeldOut {
 public:
  explicit Gce(const MethodContext& context);
  std::vector<Pass> begin_epoch(int64_t epoch) override;
  void end_epoch(int64_t epoch) override;
  StepLog step(const Step& step) override;
  std::optional<std::string> phase(const Step& step) const override { return phase_of_full_batches(step); }
  void visit_state(StateVisitor& visitor) override;
  bool asks_held_out() const override { return prunes_by_best(); }
  void take_held_out(const EvaluationSet& noisy) override { held_out_ = &noisy; }

 private:
  void prune();
  bool prunes_by_best() const { return options_.truncation && options_.truncation->by_best; }
  const GceOptions options_;
  const EvaluationSet* held_out_ = nullptr;
  BestNetwork best_;
  torch::Tensor weights_;  // [N] 0 or 1, row i: training sample i counts; only when truncated
};

}  // namespace nlb
