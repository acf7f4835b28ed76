// training/learner.h -- one network with its optimiser and schedule: what every method is made of.
#pragma once

#include "optim/optimiser.h"
#include "training/method.h"

namespace nlb {

class Learner {
 public:
  /// `name` tells networks of one method apart ("net", "net1", "net2", "stage2"): initial weights come from
  /// derive(init_key, name) and dropout from derive(train "dropout", name). `epochs`: length of this learner's
  /// schedule.
  Learner(const MethodContext& context, const std::string& name, int64_t epochs);

  /// Training mode, [B, classes] logits. Without `update_statistics` batch norm's running averages stay.
  torch::Tensor forward(const torch::Tensor& images, bool update_statistics = true);
  /// The same with what the last layer reads; by the library's layers.
  struct Outputs {
    torch::Tensor features, logits;  ///< [B, d], [B, classes]
  };
  Outputs forward_features(const torch::Tensor& images);
  torch::Tensor evaluate(const torch::Tensor& images);  ///< evaluation mode
  Outputs evaluate_features(const torch::Tensor& images);
  /// Zeroes gradients, back-propagates, clips if asked, steps with the schedule's rate at (epoch, step.number). Returns
  /// the rate.
  double minimise(const torch::Tensor& loss, int64_t epoch, const Step& step,
                  std::optional<double> max_norm = std::nullopt);
  /// The same with a rate that the method's stage gives in place of the schedule's.
  void minimise_at(double rate, const torch::Tensor& loss, std::optional<double> max_norm = std::nullopt);
  /// The host's part of the next minimise() at (epoch, step.number), so that forward() and minimise() can be captured:
  /// counts the step, puts its rate and its number on the device. Returns the rate. `replayed`: no minimise() follows.
  double prepare(int64_t epoch, const Step& step, bool replayed);
  bool can_prepare() const { return optimiser_->can_prepare(); }
  void visit_state(StateVisitor& visitor);
  Net& net() { return *net_; }
  const std::string& name() const { return name_; }
  void set_beta1(double beta1) { optimiser_->set_beta1(beta1); }  ///< from the next step on; adam only

 private:
  ForwardContext in_training(bool update_statistics) const;
  Outputs outputs(const torch::Tensor& images, const ForwardContext& context);
  std::string name_;
  std::unique_ptr<Net> net_;
  std::unique_ptr<Optimiser> optimiser_;
  Schedule schedule_;
  Key dropout_key_;
  int64_t steps_ = 0;
  bool is_prepared_ = false;
  torch::Tensor step_there_;  // [] int64 on the device: the prepared step's number; undefined before the first one
};

/// The usual single pass of a recipe: whole training set, shuffled, augmented, batch size and last batch as the recipe
/// says.
Pass recipe_pass(const RecipeSpec& recipe);

}  // namespace nlb
