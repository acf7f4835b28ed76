// training/one_net.h -- what the methods share that train one network on the recipe's own pass: a loss, or a loss with
// state per sample.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "training/learner.h"

namespace nlb {

class OptionReader;

/// A stage with a rate of its own.
struct StageRate {
  double learning_rate;   ///< where it starts
  ScheduleSpec schedule;  ///< multi_step
};
/// The options <stage>_learning_rate, <stage>_milestones (epochs) and <stage>_factor.
void read(OptionReader& from, const std::string& stage, StageRate& to);

class OneNet : public Method {
 public:
  int64_t epochs() const override { return recipe_.epochs; }
  std::vector<Pass> begin_epoch(int64_t epoch) override;
  double prepare(const Step& step, bool replayed) override;
  std::vector<Output> predict(const torch::Tensor& images) override;  ///< one output "net": logits
  void visit_state(StateVisitor& visitor) override;

 protected:
  explicit OneNet(const MethodContext& context);
  /// What a method's phase() gives whose steps are all alike and end in descend(): "train"; none of a short last
  /// batch and where the optimiser cannot prepare a step.
  std::optional<std::string> phase_of_full_batches(const Step& step) const;
  /// One update on `loss` (0-dim). logits [B, C] and cross_entropies [B] are the step's own, before the update: they
  /// are logged. `max_norm` clips the gradient of all parameters.
  StepLog descend(const Step& step, const torch::Tensor& logits, const torch::Tensor& cross_entropies,
                  const torch::Tensor& loss, std::optional<double> max_norm = std::nullopt);
  /// The same with a rate that the method's stage gives in place of the schedule's.
  StepLog descend_at(double rate, const Step& step, const torch::Tensor& logits, const torch::Tensor& cross_entropies,
                     const torch::Tensor& loss);
  /// A second training: new weights, drawn as those of network `name`, and a new optimiser take the place of the old.
  void start_over(const MethodContext& context, const std::string& name);
  Learner& learner() { return learner_; }
  const TrainingSet& set() const { return set_; }

 private:
  const RecipeSpec recipe_;
  const TrainingSet& set_;
  Learner learner_;
};

}  // namespace nlb
