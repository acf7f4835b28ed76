#include "methods/ce.h"

#include "methods/mean_cross_entropy.h"

namespace nlb {

torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels) {
  return at::cross_entropy_loss(logits, labels, /*weight=*/{}, at::Reduction::None);
}

StepLog Ce::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto [entropies, mean] = mean_cross_entropy(logits, batch.labels);
  return descend(step, logits, entropies, mean);
}

}  // namespace nlb
