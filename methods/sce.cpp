#include "methods/sce.h"

#include "training/losses.h"
#include "training/options.h"

namespace nlb {

void read(OptionReader& from, SceOptions& to) {
  from.read("alpha", to.alpha);
  from.read("beta", to.beta);
  from.read("log_of_zero", to.log_of_zero);
  from.read("least_probability", to.least_probability);
}

torch::Tensor reverse_cross_entropy(const torch::Tensor& cross_entropy, double log_of_zero) {
  return unhinged_loss(cross_entropy) * -log_of_zero;
}

torch::Tensor symmetric_cross_entropy(const torch::Tensor& cross_entropy, const SceOptions& options) {
  const auto& least = options.least_probability;
  return options.alpha * (least ? entropies_from_below(cross_entropy, *least) : cross_entropy) +
         options.beta * reverse_cross_entropy(cross_entropy, options.log_of_zero);
}

Sce::Sce(const MethodContext& context) : LossMethod(context), options_(options_of<SceOptions>(context)) {}

torch::Tensor Sce::losses(const torch::Tensor& /*logits*/, const torch::Tensor& entropies) const {
  return symmetric_cross_entropy(entropies, options_);
}

}  // namespace nlb
