#include "methods/elr.h"

#include "training/losses.h"
#include "training/options.h"

namespace nlb {

void read(OptionReader& from, ElrOptions& to) {
  from.read("lambda", to.lambda);
  from.read("beta", to.beta);
  from.read("clamp", to.clamp);
}

torch::Tensor clamped_softmax(const torch::Tensor& logits, double clamp) {
  return torch::softmax(logits, 1).clamp(clamp, 1 - clamp);
}

torch::Tensor elr_targets(const torch::Tensor& logits, const torch::Tensor& old, double beta, double clamp) {
  const auto probabilities = clamped_softmax(logits.detach(), clamp);
  return beta * old + (1 - beta) * (probabilities / probabilities.sum(1, true));
}

torch::Tensor elr_regulariser(const torch::Tensor& logits, const torch::Tensor& targets, double lambda, double clamp) {
  return lambda * torch::log(1 - (clamped_softmax(logits, clamp) * targets).sum(1));
}

Elr::Elr(const MethodContext& context)
    : OneNet(context),
      options_(options_of<ElrOptions>(context)),
      targets_(
          torch::zeros({set().size(), set().classes()}, torch::TensorOptions(context.device).dtype(context.type))) {}

StepLog Elr::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto targets = elr_targets(logits, targets_.index_select(0, batch.index), options_.beta, options_.clamp);
  targets_.index_copy_(0, batch.index, targets);  // no index repeats in a batch: write order cannot matter
  const auto losses = cross_entropy(logits, batch.labels);
  const auto regulariser = elr_regulariser(logits, targets, options_.lambda, options_.clamp);
  return descend(step, logits, losses, (losses + regulariser).mean());
}

void Elr::visit_state(StateVisitor& visitor) {
  OneNet::visit_state(visitor);
  visitor.tensor("targets", targets_);
}

}  // namespace nlb
