#include "methods/bootstrap.h"

#include "training/losses.h"
#include "training/options.h"
#include "training/soft_targets.h"

namespace nlb {

void read(OptionReader& from, BootstrapOptions& to) {
  from.read("beta", to.beta);
  from.read("least_probability", to.least_probability);
  read(from, to.scored);
}

torch::Tensor soft_bootstrap(const torch::Tensor& logits, const torch::Tensor& entropies, double beta,
                             const std::optional<double>& least) {
  if (!least) return beta * entropies + (1 - beta) * prediction_entropy(logits);
  const auto logs = log_softmax_clamped(logits, *least);
  return beta * entropies_clamped(entropies, *least) - (1 - beta) * (logs.exp() * logs).sum(1);
}

torch::Tensor hard_bootstrap(const torch::Tensor& logits, const torch::Tensor& entropies, double beta,
                             const std::optional<double>& least) {
  const auto own = cross_entropy(logits, logits.detach().argmax(1));
  if (!least) return beta * entropies + (1 - beta) * own;
  return beta * entropies_clamped(entropies, *least) + (1 - beta) * entropies_clamped(own, *least);
}

BootstrapSoft::BootstrapSoft(const MethodContext& context)
    : BootstrapSoft(context, options_of<BootstrapOptions>(context)) {}

BootstrapSoft::BootstrapSoft(const MethodContext& context, const BootstrapOptions& options)
    : LossMethod(context, options.scored), options_(options) {}

torch::Tensor BootstrapSoft::losses(const torch::Tensor& logits, const torch::Tensor& entropies) const {
  return soft_bootstrap(logits, entropies, options_.beta, options_.least_probability);
}

BootstrapHard::BootstrapHard(const MethodContext& context)
    : BootstrapHard(context, options_of<BootstrapOptions>(context)) {}

BootstrapHard::BootstrapHard(const MethodContext& context, const BootstrapOptions& options)
    : LossMethod(context, options.scored), options_(options) {}

torch::Tensor BootstrapHard::losses(const torch::Tensor& logits, const torch::Tensor& entropies) const {
  return hard_bootstrap(logits, entropies, options_.beta, options_.least_probability);
}

}  // namespace nlb
