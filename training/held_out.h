// training/held_out.h -- what a method may know of the held-out part: means over it, against its noisy labels. No clean
// label is ever in it: where the trial's held-out labels are clean, methods get none.
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "training/learner.h"

namespace nlb {

class OptionReader;

/// A method that can ask for a sweep over held-out samples derives from this beside Method.
class AsksHeldOut {
 public:
  AsksHeldOut() = default;
  virtual ~AsksHeldOut() = default;
  AsksHeldOut(const AsksHeldOut&) = delete;
  AsksHeldOut& operator=(const AsksHeldOut&) = delete;
  /// Whether this trial's options do. A relation of the method's facts then asks for the samples (data.held_out).
  virtual bool asks_held_out() const = 0;
  /// Called once, before the first epoch, where the options ask. `noisy` outlives the method.
  virtual void take_held_out(const EvaluationSet& noisy) = 0;
};

/// The option "scored": whose predictions are.
struct Scored {
  bool lowest_held_out_loss;  ///< else each epoch's network
};
void read(OptionReader& from, Scored& to);

/// Hands the held-out part with noisy labels to a method that asks for it: only where it does not may `noisy` be null.
void show_held_out(Method& method, const EvaluationSet* noisy);

/// Mean over the held-out samples of `score(logits [B, C], labels [B])`, [B]: evaluation mode, no gradient, summed in
/// float64.
using SampleScore = std::function<torch::Tensor(const torch::Tensor& logits, const torch::Tensor& labels)>;
double held_out_mean(const EvaluationSet& noisy, Learner& learner, const SampleScore& score);
/// The same of `score(images [B, C, H, W], labels [B])`, for what needs more than logits.
double held_out_mean(const EvaluationSet& noisy, const SampleScore& score);

/// Stops a training whose loss on held-out samples has not fallen below its lowest for `patience` epochs in a row: the
/// network stays as the last of them left it.
class EarlyStopping {
 public:
  explicit EarlyStopping(std::optional<int64_t> patience) : patience_(patience) {}  ///< absent: never
  bool asks() const { return patience_.has_value(); }
  void offer(double loss);  ///< NaN is never lower
  bool stopped() const { return patience_ && waited_ >= *patience_; }
  void start_over();  ///< another training
  void visit_state(StateVisitor& visitor, const std::string& name);

 private:
  const std::optional<int64_t> patience_;
  double lowest_ = std::numeric_limits<double>::infinity();
  int64_t waited_ = 0;  // epochs since the lowest
};

/// Weights and statistics of the network with the lowest score so far, of equal ones the first.
class BestNetwork {
 public:
  /// `options`: those of the network's parameters.
  explicit BestNetwork(const torch::TensorOptions& options)
      : values_(torch::empty({0}, options)), buffers_(torch::empty({0}, options)) {}
  void offer(double score, ParameterStore& network);  ///< NaN is never the lowest
  bool empty() const { return values_.numel() == 0; }
  void put_into(ParameterStore& network) const;
  /// Runs `use` while `network` holds the best; then it holds again what it held. Before the first offer: as it is.
  void lend(ParameterStore& network, const std::function<void()>& use) const;
  /// [B, classes] of the best in evaluation mode; `learner`, whose networks were offered, ends as it was.
  torch::Tensor evaluate(Learner& learner, const torch::Tensor& images) const;
  void visit_state(StateVisitor& visitor, const std::string& name);

 private:
  double score_ = std::numeric_limits<double>::infinity();
  torch::Tensor values_, buffers_;  // flat, as the store has them
};

}  // namespace nlb
