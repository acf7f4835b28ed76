// engine/train_log.h -- what the training steps said, compared with clean labels outside the method. Steps only append
// device tensors; everything is brought over and counted once, at the epoch's end.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "datasets/training_data.h"
#include "engine/detection.h"
#include "methods/method.h"
#include "results/result.h"

namespace nlb {

/// One training sample as the last epoch left it.
struct SampleState {
  int64_t predicted = -1;  ///< class of the step's own logits; -1: not seen
  float loss = 0;          ///< cross-entropy against the given label
  float suspicion = 0;     ///< larger = more likely wrong: the method's score turned round, or the loss
};

class TrainLog {
 public:
  /// `data` outlives it.
  explicit TrainLog(const TrainingData& data) : data_(data) {}
  void add(StepLog log);
  /// Folds the epoch's steps into the counts. Throws TrialFailure when a loss is not finite.
  void end_epoch();
  /// Appends the counts since the call before to `curves` (train_counts, detection, losses, learning_rate) and starts
  /// anew.
  void take(Curves& curves);
  /// First loss of the latest step; waits for the device.
  double latest_loss() const;
  const std::vector<SampleState>& samples() const { return samples_; }

  /// What end_epoch() has counted since take(), for a checkpoint between two evaluations.
  Json save() const;
  void load(const JsonNode& node);

 private:
  struct StepColumns;
  static StepColumns bring_over(const std::vector<StepLog>& steps);
  void fold_losses();
  void fold_samples();
  void count_fits(const StepColumns& all);
  void count_choices(const StepColumns& all);

  const TrainingData& data_;
  std::vector<StepLog> steps_;
  std::map<std::string, int64_t> counts_;
  struct LossSum {
    double sum = 0;
    int64_t steps = 0;
  };
  std::map<std::string, LossSum> losses_;
  double learning_rate_ = 0;
  Detection detection_;
  std::string detection_score_;
  std::vector<SampleState> samples_;
};

}  // namespace nlb
