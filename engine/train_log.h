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
#include "results/result.h"
#include "training/method.h"
#include "training/state.h"

namespace nlb {

/// Every training sample as the last step that saw it left it. All of length N.
struct SampleStates {
  std::vector<int32_t> epoch;      ///< of that step, from 1; 0: no step has seen it
  std::vector<int32_t> predicted;  ///< class of that step's own logits; -1: not seen
  std::vector<float> loss;         ///< cross-entropy against the given label; NaN: not seen
  std::vector<float> score;        ///< the method's, larger = more likely right; NaN: that step gave none
};

class TrainLog {
 public:
  /// `data` outlives it.
  explicit TrainLog(const TrainingData& data);
  void add(StepLog log);
  /// Folds the epoch's steps into the counts; `epoch` counts from 1. Throws TrialFailure when a loss is not finite.
  void end_epoch(int64_t epoch);
  /// Appends the counts since the call before to `curves` (train_counts, detection, losses, learning_rate) and starts
  /// anew.
  void take(Curves& curves);
  /// First loss of the latest step; waits for the device.
  double latest_loss() const;
  const SampleStates& samples() const { return samples_; }
  bool has_score() const { return detection_score_ == "score"; }  ///< the latest epoch's steps rated every label

  /// What end_epoch() has counted since take(), for a checkpoint between two evaluations.
  Json save() const;
  void load(const JsonNode& node);
  /// samples() as tensors that share its memory, for a checkpoint, and back: these entries are taken out of `saved`.
  /// Throws InputError when one is not there or of another size.
  std::vector<StateEntry> sample_state();
  void load_samples(std::map<std::string, torch::Tensor>& saved);

 private:
  struct StepColumns;
  static StepColumns bring_over(const std::vector<StepLog>& steps);
  void fold_losses();
  void keep_samples(const StepColumns& all, int64_t epoch);
  void detect(const StepColumns& all);
  void count_fits(const StepColumns& all);
  void count_choices(const StepColumns& all);

  const TrainingData* data_;
  std::vector<StepLog> steps_;
  std::map<std::string, int64_t> counts_;
  struct LossSum {
    double sum = 0;
    int64_t steps = 0;
  };
  std::map<std::string, LossSum> losses_;
  double learning_rate_ = 0;
  DetectionScore detection_;
  std::string detection_score_;
  SampleStates samples_;
};

}  // namespace nlb
