#include "methods/clipping.h"

#include "training/losses.h"
#include "training/options.h"

namespace nlb {

void read(OptionReader& from, ClippingOptions& to) { from.read("max_norm", to.max_norm); }

Clipping::Clipping(const MethodContext& context) : OneNet(context), options_(options_of<ClippingOptions>(context)) {}

StepLog Clipping::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto losses = cross_entropy(logits, batch.labels);
  return descend(step, logits, losses, losses.mean(), options_.max_norm);
}

}  // namespace nlb
