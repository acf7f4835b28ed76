// engine/runner.h -- the one training loop: a trial in, events out. No method-specific branch.
#pragma once

#include <torch/torch.h>

#include <atomic>
#include <functional>

#include "datasets/training_data.h"
#include "results/messages.h"

namespace nlb {

using EmitEvent = std::function<void(const Event&)>;

/// What the runner needs from the process around it.
struct RunnerEnvironment {
  torch::Device device = torch::kCPU;
  torch::ScalarType type = torch::kFloat32;
  Json determinism_class;
  bool graphs = false;           ///< steps of fixed shape are captured and replayed (engine/step_graphs.h)
  double multiply_add_peak = 0;  ///< of one core, a second; goes into the record
  EmitEvent emit;
  std::function<void(const std::string&)> log;  ///< one line for people: why a checkpoint was not used
  const std::atomic<bool>* stop = nullptr;      ///< set: checkpoint at the next epoch end, emit Stopped, return
};

/// Trains to the end, to a stop, or to a failure; emits Started, Progress, Evaluated and exactly one of Finished,
/// Stopped, Returned. Resumes from command.checkpoint when it is of this trial and this determinism class, else starts
/// over. Never throws.
void run_trial(const RunTrial& command, const RunnerEnvironment& environment);

/// The same on data that is already at hand.
void run_trial_on(const RunTrial& command, TrainingData data, const RunnerEnvironment& environment);

}  // namespace nlb
