#include "methods/bootstrap.h"

#include "methods/ce.h"
#include "methods/soft_targets.h"

namespace nlb {
namespace {

double beta_of(const MethodContext& context) { return context.spec.method.options.at("beta").get<double>(); }

}  // namespace

// DEVIATION: exact logarithms. The codes compared with clip p to [1e-7, 1 - 1e-7] before the logarithm.
torch::Tensor soft_bootstrap(const torch::Tensor& logits, const torch::Tensor& labels, double beta) {
  return beta * cross_entropy(logits, labels) + (1 - beta) * prediction_entropy(logits);
}

// DEVIATION: exact logarithms, as above.
torch::Tensor hard_bootstrap(const torch::Tensor& logits, const torch::Tensor& labels, double beta) {
  return beta * cross_entropy(logits, labels) + (1 - beta) * cross_entropy(logits, logits.detach().argmax(1));
}

BootstrapSoft::BootstrapSoft(const MethodContext& context) : OneNet(context), beta_(beta_of(context)) {}

StepLog BootstrapSoft::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto losses = soft_bootstrap(logits, batch.labels, beta_);
  return descend(step, logits, cross_entropy(logits, batch.labels), losses.mean());
}

BootstrapHard::BootstrapHard(const MethodContext& context) : OneNet(context), beta_(beta_of(context)) {}

StepLog BootstrapHard::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto losses = hard_bootstrap(logits, batch.labels, beta_);
  return descend(step, logits, cross_entropy(logits, batch.labels), losses.mean());
}

}  // namespace nlb
