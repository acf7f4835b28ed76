#include "methods/linear.h"

#include "methods/ce.h"

namespace nlb {

torch::Tensor unhinged_loss(const torch::Tensor& cross_entropy) { return -torch::expm1(-cross_entropy); }

StepLog Unhinged::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto losses = cross_entropy(logits, batch.labels);
  return descend(step, logits, losses, unhinged_loss(losses).mean());
}

}  // namespace nlb
