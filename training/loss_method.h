// training/loss_method.h -- what the methods share that are a loss and nothing else: each step descends on the batch
// mean of one loss per sample, on one network.
#pragma once

#include "training/held_out.h"
#include "training/one_net.h"

namespace nlb {

/// Losses that look at the label itself. Of a method whose facts have the option "scored": under
/// "lowest_held_out_loss" the network is scored whose mean loss on held-out samples with noisy labels is the lowest so
/// far, as a checkpoint that only saves the best would be; else each epoch's. Of one that has "patience": the training
/// stops early by the same loss.
class SampleLosses : public OneNet, public AsksHeldOut {
 public:
  std::vector<Pass> begin_epoch(int64_t epoch) override;  ///< none once the training has stopped
  StepLog step(const Step& step) override;
  std::optional<std::string> phase(const Step& step) const override { return phase_of_full_batches(step); }
  void end_epoch(int64_t epoch) override;
  /// Under "lowest_held_out_loss" that network's logits stand first, as "lowest held-out loss".
  std::vector<Output> predict(const torch::Tensor& images) override;
  void visit_state(StateVisitor& visitor) override;
  bool asks_held_out() const override { return scores_chosen_ || stopping_.asks(); }
  void take_held_out(const EvaluationSet& noisy) override { held_out_ = &noisy; }

 protected:
  /// `patience`: epochs; absent: every epoch of the recipe is trained.
  explicit SampleLosses(const MethodContext& context, Scored scored = {},
                        std::optional<int64_t> patience = std::nullopt);

 private:
  /// Loss of each sample: [B]. logits [B, C]; labels [B]; entropies [B], their cross-entropies.
  virtual torch::Tensor losses_of(const torch::Tensor& logits, const torch::Tensor& labels,
                                  const torch::Tensor& entropies) const = 0;
  const bool scores_chosen_;
  EarlyStopping stopping_;
  const EvaluationSet* held_out_ = nullptr;
  BestNetwork chosen_;
};

/// Losses that are functions of logits and cross-entropies.
class LossMethod : public SampleLosses {
 protected:
  using SampleLosses::SampleLosses;

 private:
  torch::Tensor losses_of(const torch::Tensor& logits, const torch::Tensor& /*labels*/,
                          const torch::Tensor& entropies) const final {
    return losses(logits, entropies);
  }
  /// Loss of each sample: [B]. logits [B, C]; entropies [B], their cross-entropy against the given labels.
  virtual torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& entropies) const = 0;
};

}  // namespace nlb
