// training/two_nets.h -- what the methods share that train two networks, started apart, on the same batches of the
// recipe's own pass.
#pragma once

#include <optional>
#include <vector>

#include "training/learner.h"
#include "training/small_loss.h"

namespace nlb {

/// What both networks say of one batch, in training mode.
struct TwoViews {
  torch::Tensor logits[2];  ///< [B, C]
  torch::Tensor losses[2];  ///< [B] cross-entropy against the given labels
};

/// [B] bool: the networks predict different classes. logits [B, C].
torch::Tensor disagreement(const torch::Tensor& logits1, const torch::Tensor& logits2);

/// What their methods' options say of both.
struct TwoNetsOptions {
  std::optional<LateBeta1> late_beta1;  ///< Adam's beta1 of both networks from its epoch on
  bool scores_ensemble = false;         ///< predict() begins with the sum of both
};
/// The options "scored", "late_beta1_epoch" and "late_beta1".
void read(OptionReader& from, TwoNetsOptions& to);

class TwoNets : public Method {
 public:
  int64_t epochs() const override { return recipe_.epochs; }
  std::vector<Pass> begin_epoch(int64_t epoch) override;
  /// "net1", "net2": logits. Where it is scored, the sum of both stands before them as "ensemble".
  std::vector<Output> predict(const torch::Tensor& images) override;
  void visit_state(StateVisitor& visitor) override;

 protected:
  explicit TwoNets(const MethodContext& context, const TwoNetsOptions& options = {});
  TwoViews forward(const Batch& batch);
  /// One update of each network on its own loss (0-dim). selected [B] bool: samples that network 1 trains on.
  StepLog descend(const Step& step, const TwoViews& views, const torch::Tensor& loss1, const torch::Tensor& loss2,
                  const torch::Tensor& selected);

 private:
  const RecipeSpec recipe_;
  const TwoNetsOptions options_;
  Learner learner1_, learner2_;
};

}  // namespace nlb
