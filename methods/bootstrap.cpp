#include "methods/bootstrap.h"

#include "training/least_probability.h"
#include "training/losses.h"
#include "training/soft_targets.h"

namespace nlb {
namespace {

double beta_of(const MethodContext& context) { return context.spec.method.options.at("beta").get<double>(); }

}  // namespace

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
    : LossMethod(context), beta_(beta_of(context)), least_(least_probability(context.spec.method.options)) {}

torch::Tensor BootstrapSoft::losses(const torch::Tensor& logits, const torch::Tensor& entropies) const {
  return soft_bootstrap(logits, entropies, beta_, least_);
}

BootstrapHard::BootstrapHard(const MethodContext& context)
    : LossMethod(context), beta_(beta_of(context)), least_(least_probability(context.spec.method.options)) {}

torch::Tensor BootstrapHard::losses(const torch::Tensor& logits, const torch::Tensor& entropies) const {
  return hard_bootstrap(logits, entropies, beta_, least_);
}

}  // namespace nlb
