#include "methods/label_smoothing.h"

#include "methods/ce.h"

namespace nlb {

LabelSmoothingOptions label_smoothing_options(const Json& options) {
  const bool all = options.at("spread").get<std::string>() == "all_classes";
  return {.epsilon = options.at("epsilon").get<double>(), .spread = all ? Spread::all_classes : Spread::other_classes};
}

torch::Tensor smoothed_cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels,
                                     const LabelSmoothingOptions& options) {
  const auto classes = static_cast<double>(logits.size(1));
  const double uniform =
      options.spread == Spread::all_classes ? options.epsilon : options.epsilon * classes / (classes - 1);
  return (1 - uniform) * cross_entropy(logits, labels) - uniform * torch::log_softmax(logits, 1).mean(1);
}

LabelSmoothing::LabelSmoothing(const MethodContext& context)
    : OneNet(context), options_(label_smoothing_options(context.spec.method.options)) {}

StepLog LabelSmoothing::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto losses = smoothed_cross_entropy(logits, batch.labels, options_);
  return descend(step, logits, cross_entropy(logits, batch.labels), losses.mean());
}

}  // namespace nlb
