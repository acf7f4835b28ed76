#include "training/loss_method.h"

#include "training/losses.h"

namespace nlb {

StepLog LossMethod::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto entropies = cross_entropy(logits, batch.labels);
  return descend(step, logits, entropies, losses(logits, entropies).mean());
}

}  // namespace nlb
