// training/stages.h -- what the methods share that train one network after another: each training has samples, epochs,
// optimiser and schedule of its own, and begins when the one before has ended.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "training/learner.h"

namespace nlb {

class OptionReader;

/// One of the trainings.
struct Training {
  std::string name;                             ///< of its learner: initial weights and dropout come from it
  int64_t epochs;                               ///< length of its schedule
  std::optional<std::vector<int64_t>> samples;  ///< positions; absent: the whole training set
  bool goes_on = false;  ///< begins with the weights and statistics that the training before ended with
};

class Stages : public Method {
 public:
  int64_t epochs() const override;
  std::vector<Pass> begin_epoch(int64_t epoch) override;
  StepLog step(const Step& step) override;
  std::vector<Output> predict(const torch::Tensor& images) override;  ///< "net": logits of the network in training
  void visit_state(StateVisitor& visitor) override;

 protected:
  /// What one step trained on, in any order of the batch's samples.
  struct Trained {
    torch::Tensor index;                                    ///< [B]
    torch::Tensor logits;                                   ///< [B, K], before the update
    torch::Tensor entropies;                                ///< [B], against the given label
    torch::Tensor loss;                                     ///< 0-dim, to be minimised
    std::optional<torch::Tensor> corrected = std::nullopt;  ///< [B] int64, as in StepLog
  };

  /// `keeps_previous`: the network of the training before stays, as previous(). Throws TrialFailure for a training
  /// whose samples do not fill a batch.
  Stages(const MethodContext& context, std::vector<Training> trainings, bool keeps_previous = false);

  /// Called once before the first epoch of training `stage` >= 1, while learner() is still the network of the one
  /// before: fit matrices here. No gradient.
  virtual void before_stage(size_t stage) = 0;
  virtual Trained train(size_t stage, const Batch& batch) = 0;

  /// Mean cross-entropy against the given labels.
  Trained train_on_labels(const Batch& batch);
  /// Softmax of learner(), evaluation mode, without augmentation, over the samples in order (absent: all): [N, K].
  torch::Tensor probabilities(const std::vector<int64_t>* samples = nullptr);
  Learner& learner() { return *learner_; }
  Learner& previous() { return *previous_; }
  const TrainingSet& set() const { return set_; }
  const RecipeSpec& recipe() const { return spec_.recipe; }
  torch::TensorOptions tensor_options() const { return torch::TensorOptions(device_).dtype(type_); }

 private:
  size_t stage_of(int64_t epoch) const;
  int64_t first_epoch(size_t stage) const;
  std::unique_ptr<Learner> make_learner(size_t stage) const;
  void enter(int64_t stage);

  const TrialSpec spec_;  // learners of later stages are built when their turn comes
  const TrainingSet& set_;
  const torch::Device device_;
  const torch::ScalarType type_;
  const std::vector<Training> trainings_;
  const bool keeps_previous_;
  int64_t stage_ = 0;
  std::unique_ptr<Learner> learner_, previous_;
};

/// max(least_epochs, 1 + floor(least_updates / batches of one epoch over `samples`)): so few samples need many epochs.
/// mmazeika/glc:MNIST/MNIST_gold_only.py. Throws TrialFailure where an epoch has no whole batch.
int64_t epochs_for_updates(const MethodContext& context, const std::vector<int64_t>& samples, int64_t least_epochs,
                           int64_t least_updates);

/// What the second training begins with.
enum class SecondStageWeights { fresh, first_initial, first_final };

/// Name of the second training's learner: that of the first where it begins with the same weights; else its own.
// DEVIATION: mmazeika/glc:CIFAR/train_ours.py keeps the optimiser's momentum when it loads the first weights again;
// here every training starts with a new optimiser, as in its MNIST script.
std::string second_training_name(SecondStageWeights weights, const std::string& first);

}  // namespace nlb
