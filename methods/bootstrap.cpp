#include "methods/bootstrap.h"

#include "training/losses.h"
#include "training/soft_targets.h"

namespace nlb {
namespace {

double beta_of(const MethodContext& context) { return context.spec.method.options.at("beta").get<double>(); }

}  // namespace

// DEVIATION: exact logarithms. The codes compared with clip p to [1e-7, 1 - 1e-7] before the logarithm.
torch::Tensor soft_bootstrap(const torch::Tensor& logits, const torch::Tensor& entropies, double beta) {
  return beta * entropies + (1 - beta) * prediction_entropy(logits);
}

// DEVIATION: exact logarithms, as above.
torch::Tensor hard_bootstrap(const torch::Tensor& logits, const torch::Tensor& entropies, double beta) {
  return beta * entropies + (1 - beta) * cross_entropy(logits, logits.detach().argmax(1));
}

BootstrapSoft::BootstrapSoft(const MethodContext& context) : LossMethod(context), beta_(beta_of(context)) {}

torch::Tensor BootstrapSoft::losses(const torch::Tensor& logits, const torch::Tensor& entropies) const {
  return soft_bootstrap(logits, entropies, beta_);
}

BootstrapHard::BootstrapHard(const MethodContext& context) : LossMethod(context), beta_(beta_of(context)) {}

torch::Tensor BootstrapHard::losses(const torch::Tensor& logits, const torch::Tensor& entropies) const {
  return hard_bootstrap(logits, entropies, beta_);
}

}  // namespace nlb
