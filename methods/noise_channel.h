// methods/noise_channel.h -- noise adaptation layers: a softmax layer behind the network's own that says how labels
// turn, one matrix for all (s_model) or one by the last hidden layer (noise_adaptation). Goldberger & Ben-Reuven, ICLR
// 2017; code udibr/noisy_labels:jacob-reed.py, channel.py.
#pragma once

#include <memory>
#include <optional>

#include "training/held_out.h"
#include "training/stages.h"

namespace nlb {

class OptionReader;

/// -log sum_i p_i theta[i, label] of each sample, p = softmax(logits): [B]. log_channel [B, K]: log theta[., label] of
/// each sample's own matrix.
torch::Tensor channel_losses(const torch::Tensor& logits, const torch::Tensor& log_channel);

/// log theta[., label] of each sample: [B, K]; theta[i] = softmax(bias[i]). bias [K, K], labels [B].
torch::Tensor simple_channel(const torch::Tensor& bias, const torch::Tensor& labels);
/// The same with theta[i] = softmax(weight[i] features + bias[i]). weight [K, K, d], features [B, d].
torch::Tensor complex_channel(const torch::Tensor& weight, const torch::Tensor& bias, const torch::Tensor& features,
                              const torch::Tensor& labels);

/// log(share + floor): [K, K] float64, share[i, j] of the samples predicted as i that are labelled j; of a class that
/// is never predicted, row i of the identity. predicted, labels [N] int64.
torch::Tensor log_confusion(const torch::Tensor& predicted, const torch::Tensor& labels, int64_t classes, double floor);

struct NoiseChannelOptions {
  double confusion_floor;           ///< added to the shares of the confusion before their logarithm
  std::optional<int64_t> patience;  ///< epochs; absent: each training takes the recipe's
};
void read(OptionReader& from, NoiseChannelOptions& to);

/// What the layer learns: bias, and with `features` > 0 a weight that starts at 0. Steps with the network's optimiser
/// but without weight decay.
class NoiseChannel {
 public:
  /// bias [K, K].
  NoiseChannel(const OptimiserSpec& optimiser, const torch::Tensor& bias, int64_t features,
               const torch::TensorOptions& options);
  /// log theta[., label] of each sample, [B, K]; `features` of samples are read where there is a weight.
  torch::Tensor of(const torch::Tensor& features, const torch::Tensor& labels) const;
  bool reads_features() const { return weight_.has_value(); }
  void zero_gradient() { store_.zero_gradient(); }
  void step(double learning_rate) { optimiser_->step(learning_rate); }
  void visit_state(StateVisitor& visitor);

 private:
  ParameterStore store_;
  size_t bias_ = 0;
  std::optional<size_t> weight_;
  std::unique_ptr<Optimiser> optimiser_;
};

/// Trainings that go on from one another: by cross-entropy, then through a channel that starts as the confusion of what
/// the network predicts with what it was given; each to its end, or until its loss on held-out samples with noisy
/// labels has not fallen for `patience` epochs. Predictions are the network's own, before the channel.
class NoiseChannels : public Stages, public AsksHeldOut {
 public:
  std::vector<Pass> begin_epoch(int64_t epoch) override;  ///< none once its training has stopped
  StepLog step(const Step& step) override;
  void end_epoch(int64_t epoch) override;
  void visit_state(StateVisitor& visitor) override;
  bool asks_held_out() const override { return stopping_.asks(); }
  void take_held_out(const EvaluationSet& noisy) override { held_out_ = &noisy; }

 protected:
  /// `trainings`: the second has a simple channel, the third a complex one.
  NoiseChannels(const MethodContext& context, int64_t trainings);

 private:
  NoiseChannels(const MethodContext& context, int64_t trainings, const NoiseChannelOptions& options);
  void before_stage(size_t stage) override;
  Trained train(size_t stage, const Batch& batch) override;
  void open_channel(size_t stage, const torch::Tensor& bias);
  torch::Tensor held_out_losses(const torch::Tensor& images, const torch::Tensor& labels);
  const double confusion_floor_;
  EarlyStopping stopping_;  // of the training that runs
  const EvaluationSet* held_out_ = nullptr;
  int64_t channel_stage_ = 0;              // that channel_ was made for; 0: there is none
  std::unique_ptr<NoiseChannel> channel_;  // of the training that runs
};

class SModel final : public NoiseChannels {
 public:
  explicit SModel(const MethodContext& context) : NoiseChannels(context, 2) {}
};

class NoiseAdaptation final : public NoiseChannels {
 public:
  explicit NoiseAdaptation(const MethodContext& context) : NoiseChannels(context, 3) {}
};

}  // namespace nlb
