#include "methods/label_smoothing.h"

namespace nlb {

LabelSmoothingOptions label_smoothing_options(const Json& options) {
  const bool all = options.at("spread").get<std::string>() == "all_classes";
  return {.epsilon = options.at("epsilon").get<double>(), .spread = all ? Spread::all_classes : Spread::other_classes};
}

torch::Tensor smoothed_cross_entropy(const torch::Tensor& logits, const torch::Tensor& entropies,
                                     const LabelSmoothingOptions& options) {
  const auto classes = static_cast<double>(logits.size(1));
  const double uniform =
      options.spread == Spread::all_classes ? options.epsilon : options.epsilon * classes / (classes - 1);
  return (1 - uniform) * entropies - uniform * torch::log_softmax(logits, 1).mean(1);
}

LabelSmoothing::LabelSmoothing(const MethodContext& context)
    : LossMethod(context), options_(label_smoothing_options(context.spec.method.options)) {}

torch::Tensor LabelSmoothing::losses(const torch::Tensor& logits, const torch::Tensor& entropies) const {
  return smoothed_cross_entropy(logits, entropies, options_);
}

}  // namespace nlb
