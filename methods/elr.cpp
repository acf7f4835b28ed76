#include "methods/elr.h"

#include "training/losses.h"

namespace nlb {
namespace {

constexpr double kLeast = 1e-4;  // shengliu66/ELR:ELR/model/loss.py clamps there

}  // namespace

ElrOptions elr_options(const Json& options) {
  return {.lambda = options.at("lambda").get<double>(), .beta = options.at("beta").get<double>()};
}

torch::Tensor clamped_softmax(const torch::Tensor& logits) {
  return torch::softmax(logits, 1).clamp(kLeast, 1 - kLeast);
}

torch::Tensor elr_targets(const torch::Tensor& logits, const torch::Tensor& old, double beta) {
  const auto probabilities = clamped_softmax(logits.detach());
  return beta * old + (1 - beta) * (probabilities / probabilities.sum(1, true));
}

torch::Tensor elr_regulariser(const torch::Tensor& logits, const torch::Tensor& targets, double lambda) {
  return lambda * torch::log(1 - (clamped_softmax(logits) * targets).sum(1));
}

Elr::Elr(const MethodContext& context)
    : OneNet(context),
      options_(elr_options(context.spec.method.options)),
      targets_(
          torch::zeros({set().size(), set().classes()}, torch::TensorOptions(context.device).dtype(context.type))) {}

StepLog Elr::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto targets = elr_targets(logits, targets_.index_select(0, batch.index), options_.beta);
  targets_.index_copy_(0, batch.index, targets);  // no index repeats in a batch: write order cannot matter
  const auto losses = cross_entropy(logits, batch.labels);
  return descend(step, logits, losses, (losses + elr_regulariser(logits, targets, options_.lambda)).mean());
}

void Elr::visit_state(StateVisitor& visitor) {
  OneNet::visit_state(visitor);
  visitor.tensor("targets", targets_);
}

}  // namespace nlb
