#include "methods/mixup.h"

#include "methods/ce.h"

namespace nlb {

Mixing draw_mixing(Key key, int64_t epoch, int64_t number, double alpha, int64_t count) {
  const auto pass = static_cast<uint64_t>(epoch), step = static_cast<uint64_t>(number);
  return {.weight = draw_beta(key, pass, step, alpha, alpha),
          .pairs = draw_permutation(derive(key, "pairs"), pass + (step << 32), count)};
}

torch::Tensor mixed(const torch::Tensor& values, const torch::Tensor& others, double weight) {
  return weight * values + (1 - weight) * others;
}

Mixup::Mixup(const MethodContext& context)
    : OneNet(context), alpha_(context.spec.method.options.at("alpha").get<double>()), key_(context.train_key("mix")) {}

StepLog Mixup::step(const Step& step) {
  const Batch& batch = step.batch();
  const Mixing mixing = draw_mixing(key_, step.epoch, step.number, alpha_, batch.size());
  const auto pairs = torch::tensor(mixing.pairs, torch::kInt64).to(batch.labels.device());
  const auto images = mixed(batch.images(), batch.images().index_select(0, pairs), mixing.weight);
  const auto logits = learner().forward(images);
  const auto losses = cross_entropy(logits, batch.labels);
  const auto of_pairs = cross_entropy(logits, batch.labels.index_select(0, pairs));
  return descend(step, logits, losses, mixed(losses, of_pairs, mixing.weight).mean());
}

}  // namespace nlb
