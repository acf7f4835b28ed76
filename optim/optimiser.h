// optim/optimiser.h -- SGD, Adam, Adagrad on flat buffers, step for step equal to torch.optim; schedules; averages of
// weights.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>

#include "nets/parameter_store.h"
#include "protocols/trial.h"

namespace nlb {

// kOptimiserRevision (protocols/revisions.h) goes up when any optimiser, schedule or average below moves a bit.

using VisitTensor = std::function<void(const std::string& name, torch::Tensor& value)>;

class Optimiser {
 public:
  virtual ~Optimiser() = default;
  /// One update of the store's flat values from its flat gradients, in place. No allocation, no host sync.
  virtual void step(double learning_rate) = 0;
  /// The same in two parts: what the host decides, put where the device reads it, without a wait; then the update,
  /// which can be captured. Where the kernels compute (nets/device_layers.h) and on a CPU.
  /// Both throw InternalError unless can_prepare().
  virtual bool can_prepare() const { return false; }
  virtual void prepare(double learning_rate);
  virtual void step_prepared();
  /// Momentum, moments and the step counter (0-dim int64 tensor on the CPU).
  virtual void visit_state(const VisitTensor& visit) = 0;
  virtual void reset() = 0;  ///< as newly made
  /// From now on adam's beta1 (the bias correction too, as when torch.optim's betas are changed between steps). Throws
  /// InputError for an optimiser that has none.
  virtual void set_beta1(double beta1) = 0;
};

/// sgd: torch.optim.SGD (momentum, nesterov, dampening 0). adam: torch.optim.Adam (bias correction). adagrad:
/// torch.optim.Adagrad and Keras's (sum of squares from 0). All: L2 in the gradient. The store must outlive it.
std::unique_ptr<Optimiser> make_optimiser(const OptimiserSpec& spec, ParameterStore& store);

/// Learning rate at `step` (0-based, of `steps_per_epoch`) of `epoch` (0-based, of `epochs`), absolute.
class Schedule {
 public:
  Schedule(const ScheduleSpec& spec, double learning_rate, int64_t epochs);
  double rate(int64_t epoch, int64_t step, int64_t steps_per_epoch) const;

 private:
  ScheduleSpec spec_;
  double learning_rate_;
  int64_t epochs_;
};

/// Scales all gradients so that their joint L2 norm is at most max_norm: g * min(1, max_norm / (norm + 1e-6)), as
/// torch.nn.utils.clip_grad_norm_. No host sync.
void clip_gradient_norm(ParameterStore& store, double max_norm);

/// average <- decay * average + (1 - decay) * values, over flat values (buffers are copied).
void update_average(ParameterStore& average, ParameterStore& values, double decay);

}  // namespace nlb
