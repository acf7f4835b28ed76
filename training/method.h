// training/method.h -- what a method is to the one training loop. docs/design.md holds all seven kinds against this
// interface.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "batches/training_set.h"
#include "core/error.h"
#include "nets/net.h"
#include "protocols/trial.h"

namespace nlb {

/// One sweep of an epoch: the streams advance together, one batch of each a step; streams[0] sets the number of steps.
struct Pass {
  std::string name = "train";
  std::vector<Stream> streams;
};

/// One step's input.
struct Step {
  int64_t epoch = 0, pass = 0;
  int64_t number = 0, count = 0;  ///< step in this pass, steps of this pass
  std::vector<Batch> batches;     ///< one per stream
  const Batch& batch() const { return batches.front(); }
};

/// What a step reports, on the device, without a host sync; the runner compares it with clean labels outside the
/// method.
struct StepLog {
  torch::Tensor index;                     ///< [M] int64 positions
  torch::Tensor predicted;                 ///< [M] int64 class of the step's own logits (of the first network)
  torch::Tensor sample_loss;               ///< [M] float, cross-entropy against the given label, before the update
  std::optional<torch::Tensor> selected;   ///< [M] bool: used as clean
  std::optional<torch::Tensor> corrected;  ///< [M] int64: label trained on instead of the given one
  std::optional<torch::Tensor> score;      ///< [M] float: larger = more likely clean; absent: the loss ranks
  std::vector<std::pair<std::string, torch::Tensor>> losses;  ///< 0-dim
  double learning_rate = 0;
};

/// Predictions of one network or of the ensemble the method defines.
struct Output {
  std::string name;      ///< "net", "net1", "ensemble"
  torch::Tensor scores;  ///< [B, classes], larger = more likely
};

/// Names everything that must survive a kill. Called in the same order always; names are unique.
class StateVisitor {
 public:
  virtual ~StateVisitor() = default;
  virtual void tensor(const std::string& name, torch::Tensor& value) = 0;  ///< may be resized when loading
  virtual void integer(const std::string& name, int64_t& value) = 0;
  virtual void number(const std::string& name, double& value) = 0;
};

/// Everything a method is built from. `spec` and `set` outlive it.
struct MethodContext {
  const TrialSpec& spec;
  const TrainingSet& set;
  torch::Device device;
  torch::ScalarType type = torch::kFloat32;
  Key init_key() const { return derive(spec.seeds.init, "init"); }
  Key train_key(std::string_view purpose) const {
    return derive(spec.seeds.train, purpose);
  }  ///< "dropout", "mix", "method:<name>"
};

class Method {
 public:
  virtual ~Method() = default;
  /// Epochs of the runner's loop, all stages together.
  virtual int64_t epochs() const = 0;
  /// Called before the passes of `epoch`: split, relabel, fit mixtures or matrices here; returns the passes (none: only
  /// evaluated).
  virtual std::vector<Pass> begin_epoch(int64_t epoch) = 0;
  virtual StepLog step(const Step& step) = 0;
  /// The name of the phase that this step belongs to if the steps of that phase can be captured on a device and
  /// replayed (engine/step_graphs.h): all of one shape, none asks the device for a value, and of the host's numbers
  /// they read only those that prepare() puts on the device. None: they cannot be, or nobody has looked.
  virtual std::optional<std::string> phase(const Step& /*step*/) const { return std::nullopt; }
  /// For a step of a phase, before it: counts it and puts what the host decides of it on the device. Returns its
  /// learning rate. `replayed`: no step() follows, a captured one runs instead.
  virtual double prepare(const Step& /*step*/, bool /*replayed*/) {
    throw InternalError("a method names a phase and does not prepare its steps");
  }
  /// After the last pass; for work that belongs to the epoch's end.
  virtual void end_epoch(int64_t /*epoch*/) {}
  /// Evaluation mode, no gradient (the runner holds the guard). The first output is the one that is scored.
  virtual std::vector<Output> predict(const torch::Tensor& images) = 0;
  virtual void visit_state(StateVisitor& visitor) = 0;
};

}  // namespace nlb
