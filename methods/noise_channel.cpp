#include "methods/noise_channel.h"

#include <algorithm>

#include "core/error.h"
#include "nets/initialisers.h"
#include "training/losses.h"
#include "training/options.h"

namespace nlb {
namespace {

constexpr size_t kSimple = 1;  // the training with a simple channel

std::vector<Training> trainings_of(const MethodContext& context, int64_t count) {
  std::vector<Training> all;
  for (const char* name : {"noisy", "simple", "complex"}) {
    if (std::ssize(all) == count) break;
    all.push_back({.name = name, .epochs = context.spec.recipe.epochs, .samples = {}, .goes_on = !all.empty()});
  }
  return all;
}

Initialiser values_of(const torch::Tensor& tensor) {
  const auto held = tensor.to(torch::kCPU, torch::kFloat64).contiguous();
  return [held](double* values, const std::vector<int64_t>&, Key) {
    std::copy_n(held.const_data_ptr<double>(), held.numel(), values);
  };
}

OptimiserSpec without_decay(OptimiserSpec spec) {
  spec.weight_decay = 0;
  return spec;
}

}  // namespace

torch::Tensor channel_losses(const torch::Tensor& logits, const torch::Tensor& log_channel) {
  return -torch::logsumexp(torch::log_softmax(logits, 1) + log_channel, 1);
}

torch::Tensor simple_channel(const torch::Tensor& bias, const torch::Tensor& labels) {
  return torch::log_softmax(bias, 1).t().index_select(0, labels);
}

torch::Tensor complex_channel(const torch::Tensor& weight, const torch::Tensor& bias, const torch::Tensor& features,
                              const torch::Tensor& labels) {
  const int64_t classes = bias.size(0);
  const auto scores = torch::mm(features, weight.flatten(0, 1).t()).view({-1, classes, classes}) + bias;
  const auto chosen = labels.view({-1, 1, 1}).expand({-1, classes, 1});
  return torch::log_softmax(scores, 2).gather(2, chosen).squeeze(2);
}

torch::Tensor log_confusion(const torch::Tensor& predicted, const torch::Tensor& labels, int64_t classes,
                            double floor) {
  const auto rows = torch::one_hot(predicted, classes).to(torch::kFloat64);
  const auto counts = torch::mm(rows.t(), torch::one_hot(labels, classes).to(torch::kFloat64));
  const auto sums = counts.sum(1, true);
  // DEVIATION: udibr/noisy_labels divides by the sum of a row whatever it is, so that a class that is never predicted
  // makes NaN.
  const auto shares = torch::where(sums > 0, counts / sums.clamp_min(1), torch::eye(classes, counts.options()));
  return (shares + floor).log();
}

NoiseChannel::NoiseChannel(const OptimiserSpec& optimiser, const torch::Tensor& bias, int64_t features,
                           const torch::TensorOptions& options) {
  const torch::AutoGradMode gradient(true);  // made between epochs, where it is off; parameters are leaves all the same
  const int64_t classes = bias.size(0);
  bias_ = store_.add_parameter("bias", {classes, classes}, values_of(bias));
  if (features > 0) {
    weight_ = store_.add_parameter("weight", {classes, classes, features}, constant_initialiser(0));
  }
  store_.finalise({}, options.device(), torch::typeMetaToScalarType(options.dtype()));
  optimiser_ = make_optimiser(without_decay(optimiser), store_);
}

torch::Tensor NoiseChannel::of(const torch::Tensor& features, const torch::Tensor& labels) const {
  const auto& bias = store_.parameter(bias_);
  return weight_ ? complex_channel(store_.parameter(*weight_), bias, features, labels) : simple_channel(bias, labels);
}

void NoiseChannel::visit_state(StateVisitor& visitor) {
  store_.visit([&](const std::string& name, torch::Tensor& value) { visitor.tensor("channel/" + name, value); });
  optimiser_->visit_state(
      [&](const std::string& name, torch::Tensor& value) { visitor.tensor("channel/optimiser/" + name, value); });
}

void read(OptionReader& from, NoiseChannelOptions& to) {
  from.read("confusion_floor", to.confusion_floor);
  from.read("patience", to.patience);
}

NoiseChannels::NoiseChannels(const MethodContext& context, int64_t trainings)
    : NoiseChannels(context, trainings, options_of<NoiseChannelOptions>(context)) {}

NoiseChannels::NoiseChannels(const MethodContext& context, int64_t trainings, const NoiseChannelOptions& options)
    : Stages(context, trainings_of(context, trainings)),
      confusion_floor_(options.confusion_floor),
      stopping_(options.patience) {}

std::vector<Pass> NoiseChannels::begin_epoch(int64_t epoch) {
  auto passes = Stages::begin_epoch(epoch);
  if (stopping_.stopped()) passes.clear();
  return passes;
}

void NoiseChannels::open_channel(size_t stage, const torch::Tensor& bias) {
  const int64_t features =
      stage == kSimple ? 0 : learner().net().features(set().images(torch::zeros({1}, torch::kInt64)), {}).size(1);
  channel_ = std::make_unique<NoiseChannel>(recipe().optimiser, bias, features, tensor_options());
  channel_stage_ = static_cast<int64_t>(stage);
}

void NoiseChannels::before_stage(size_t stage) {
  stopping_.start_over();
  const auto predicted = probabilities().argmax(1);
  open_channel(stage, log_confusion(predicted, set().labels(), set().classes(), confusion_floor_));
}

Stages::Trained NoiseChannels::train(size_t stage, const Batch& batch) {
  if (stage == 0) return train_on_labels(batch);
  channel_->zero_gradient();
  Learner::Outputs of;
  if (channel_->reads_features()) {
    of = learner().forward_features(batch.images());
  } else {
    of.logits = learner().forward(batch.images());
  }
  return {.index = batch.index,
          .logits = of.logits,
          .entropies = cross_entropy(of.logits.detach(), batch.labels),
          .loss = channel_losses(of.logits, channel_->of(of.features, batch.labels)).mean()};
}

StepLog NoiseChannels::step(const Step& step) {
  StepLog log = Stages::step(step);
  if (channel_) channel_->step(log.learning_rate);
  return log;
}

torch::Tensor NoiseChannels::held_out_losses(const torch::Tensor& images, const torch::Tensor& labels) {
  if (!channel_) return cross_entropy(learner().evaluate(images), labels);
  const auto [features, logits] = learner().evaluate_features(images);
  return channel_losses(logits, channel_->of(features, labels));
}

void NoiseChannels::end_epoch(int64_t /*epoch*/) {
  if (!stopping_.asks() || stopping_.stopped()) return;
  NLB_CHECK(held_out_ != nullptr, "a method that asks for held-out samples has been shown them");
  stopping_.offer(held_out_mean(*held_out_, [&](const torch::Tensor& images, const torch::Tensor& labels) {
    return held_out_losses(images, labels);
  }));
}

void NoiseChannels::visit_state(StateVisitor& visitor) {
  Stages::visit_state(visitor);
  const int64_t made = channel_stage_;
  visitor.integer("channel_stage", channel_stage_);
  if (channel_stage_ != made) {  // loading: the tensors below are those of the saved channel
    if (channel_stage_ < 1 || channel_stage_ > 2) throw InputError("saved state has an unknown channel");
    const int64_t classes = set().classes();
    open_channel(static_cast<size_t>(channel_stage_), torch::zeros({classes, classes}, torch::kFloat64));
  }
  if (channel_) channel_->visit_state(visitor);
  stopping_.visit_state(visitor, "stopping");
}

}  // namespace nlb
