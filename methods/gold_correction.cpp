#include "methods/gold_correction.h"

#include "training/apart.h"
#include "training/losses.h"
#include "training/trusted.h"

namespace nlb {
namespace {

std::vector<Training> trainings_of(const MethodContext& context) {
  const int64_t epochs = context.spec.recipe.epochs;
  return {{.name = "noisy", .epochs = epochs, .samples = untrusted_positions(context.set)},
          {.name = second_training_name(context.spec.method.options, "noisy"), .epochs = epochs, .samples = {}}};
}

}  // namespace

GoldOptions gold_options(const Json& options) {
  return {.separate_passes = options.at("trusted_pass") == "separate",
          .divide_by_nominal = options.at("divisor") == "nominal_batch"};
}

GoldCorrection::GoldCorrection(const MethodContext& context)
    : Stages(context, trainings_of(context)),
      options_(gold_options(context.spec.method.options)),
      trusted_(trusted_mask(context.set)),
      matrix_(torch::zeros({set().classes(), set().classes()}, tensor_options())) {}

void GoldCorrection::before_stage(size_t /*stage*/) { matrix_ = estimate().to(tensor_options()); }

Stages::Trained GoldCorrection::train(size_t stage, const Batch& batch) {
  if (stage == 0) return train_on_labels(batch);
  Batch ordered = batch;
  auto trusted = trusted_.index_select(0, batch.index);
  torch::Tensor logits;
  if (options_.separate_passes && has_batch_statistics(learner())) {
    const auto parts = untrusted_first(batch, trusted_);
    trusted = trusted.index_select(0, parts.order);
    ordered.index = batch.index.index_select(0, parts.order);
    ordered.labels = batch.labels.index_select(0, parts.order);
    logits = forward_apart(learner(), batch, parts);
  } else {
    logits = learner().forward(batch.images());
  }
  const auto losses = forward_losses(logits, ordered.labels, matrix_, trusted);
  const auto divisor = static_cast<double>(options_.divide_by_nominal ? recipe().batch_size : batch.size());
  return {.index = ordered.index,
          .logits = logits,
          .entropies = cross_entropy(logits.detach(), ordered.labels),
          .loss = losses.sum() / divisor};
}

void GoldCorrection::visit_state(StateVisitor& visitor) {
  Stages::visit_state(visitor);
  visitor.tensor("matrix", matrix_);
}

torch::Tensor Glc::estimate() {
  const auto& trusted = set().trusted();
  return mean_rows(probabilities(&trusted), labels_of(set(), trusted));
}

ConfusionMatrix::ConfusionMatrix(const MethodContext& context)
    : GoldCorrection(context),
      count_epsilon_(context.spec.method.options.at("count_epsilon").get<double>()),
      smoothing_(context.spec.method.options.at("smoothing").get<double>()) {}

torch::Tensor ConfusionMatrix::estimate() {
  const auto& trusted = set().trusted();
  return confusion_rows(probabilities(&trusted).argmax(1), labels_of(set(), trusted), set().classes(), count_epsilon_,
                        smoothing_);
}

ForwardGold::ForwardGold(const MethodContext& context)
    : GoldCorrection(context),
      anchor_(anchor_options(context.spec.method.options)),
      untrusted_anchors_(context.spec.method.options.contains("anchor_samples")) {}

torch::Tensor ForwardGold::estimate() {
  if (!untrusted_anchors_) return anchor_matrix(probabilities(), anchor_);
  const auto samples = untrusted_positions(set());
  return anchor_matrix(probabilities(&samples), anchor_);
}

}  // namespace nlb
