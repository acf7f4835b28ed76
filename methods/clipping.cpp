#include "methods/clipping.h"

#include "training/losses.h"

namespace nlb {

Clipping::Clipping(const MethodContext& context)
    : OneNet(context), max_norm_(context.spec.method.options.at("max_norm").get<double>()) {}

StepLog Clipping::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto losses = cross_entropy(logits, batch.labels);
  return descend(step, logits, losses, losses.mean(), max_norm_);
}

}  // namespace nlb
