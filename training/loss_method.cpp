#include "training/loss_method.h"

#include "core/error.h"
#include "training/losses.h"

namespace nlb {

SampleLosses::SampleLosses(const MethodContext& context, Scored scored, std::optional<int64_t> patience)
    : OneNet(context),
      scores_chosen_(scored.lowest_held_out_loss),
      stopping_(patience),
      chosen_(torch::TensorOptions(context.device).dtype(context.type)) {}

std::vector<Pass> SampleLosses::begin_epoch(int64_t epoch) {
  return stopping_.stopped() ? std::vector<Pass>() : OneNet::begin_epoch(epoch);
}

StepLog SampleLosses::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto entropies = cross_entropy(logits, batch.labels);
  return descend(step, logits, entropies, losses_of(logits, batch.labels, entropies).mean());
}

void SampleLosses::end_epoch(int64_t /*epoch*/) {
  if (!asks_held_out() || stopping_.stopped()) return;
  NLB_CHECK(held_out_ != nullptr, "a method that asks for held-out samples has been shown them");
  const auto score = [&](const torch::Tensor& logits, const torch::Tensor& labels) {
    return losses_of(logits, labels, cross_entropy(logits, labels));
  };
  const double loss = held_out_mean(*held_out_, learner(), score);
  stopping_.offer(loss);
  if (scores_chosen_) chosen_.offer(loss, learner().net().parameters());
}

std::vector<Output> SampleLosses::predict(const torch::Tensor& images) {
  auto outputs = OneNet::predict(images);
  if (scores_chosen_) outputs.insert(outputs.begin(), {"lowest held-out loss", chosen_.evaluate(learner(), images)});
  return outputs;
}

void SampleLosses::visit_state(StateVisitor& visitor) {
  OneNet::visit_state(visitor);
  if (scores_chosen_) chosen_.visit_state(visitor, "chosen");
  stopping_.visit_state(visitor, "stopping");
}

}  // namespace nlb
