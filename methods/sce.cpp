#include "methods/sce.h"

#include "training/least_probability.h"
#include "training/losses.h"

namespace nlb {

SceOptions sce_options(const Json& options) {
  return {.alpha = options.at("alpha").get<double>(),
          .beta = options.at("beta").get<double>(),
          .log_of_zero = options.at("log_of_zero").get<double>(),
          .least_probability = least_probability(options)};
}

torch::Tensor reverse_cross_entropy(const torch::Tensor& cross_entropy, double log_of_zero) {
  return unhinged_loss(cross_entropy) * -log_of_zero;
}

torch::Tensor symmetric_cross_entropy(const torch::Tensor& cross_entropy, const SceOptions& options) {
  const auto& least = options.least_probability;
  return options.alpha * (least ? entropies_from_below(cross_entropy, *least) : cross_entropy) +
         options.beta * reverse_cross_entropy(cross_entropy, options.log_of_zero);
}

Sce::Sce(const MethodContext& context) : LossMethod(context), options_(sce_options(context.spec.method.options)) {}

torch::Tensor Sce::losses(const torch::Tensor& /*logits*/, const torch::Tensor& entropies) const {
  return symmetric_cross_entropy(entropies, options_);
}

}  // namespace nlb
