#include "methods/mixup.h"

#include "training/losses.h"
#include "training/mixing.h"
#include "training/options.h"

namespace nlb {

torch::Tensor mixed_cross_entropy(const torch::Tensor& logits, const torch::Tensor& own, const torch::Tensor& other,
                                  double weight) {
  return cross_entropy(logits, own) * weight + cross_entropy(logits, other) * (1 - weight);
}

void read(OptionReader& from, MixupOptions& to) { from.read("alpha", to.alpha); }

Mixup::Mixup(const MethodContext& context)
    : OneNet(context), options_(options_of<MixupOptions>(context)), key_(context.train_key("mix")) {}

StepLog Mixup::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto mixing =
      draw_row_mixing(key_, step.epoch, step.number, batch.size(), options_.alpha, batch.labels.device());
  const auto logits = learner().forward(mix(batch.images(), mixing.weight, mixing.order));
  const auto others = batch.labels.index_select(0, mixing.order);
  const auto loss = mixed_cross_entropy(logits, batch.labels, others, mixing.weight).mean();
  return descend(step, logits, cross_entropy(logits.detach(), batch.labels), loss);
}

}  // namespace nlb
