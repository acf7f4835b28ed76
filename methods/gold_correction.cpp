#include "methods/gold_correction.h"

#include "training/apart.h"
#include "training/losses.h"
#include "training/options.h"
#include "training/trusted.h"

namespace nlb {
namespace {

/// Glc's one word for a class without trusted samples: its row is the identity's.
enum class EmptyClass { identity };

struct GlcOptions {
  GoldOptions gold;
  EmptyClass empty_class;
};

void read(OptionReader& from, GlcOptions& to) {
  read(from, to.gold);
  from.read("empty_class", to.empty_class, {{"identity", EmptyClass::identity}});
}

std::vector<Training> trainings_of(const MethodContext& context, const GoldOptions& options) {
  const int64_t epochs = context.spec.recipe.epochs;
  return {{.name = "noisy", .epochs = epochs, .samples = untrusted_positions(context.set)},
          {.name = second_training_name(options.second_weights, "noisy"), .epochs = epochs, .samples = {}}};
}

}  // namespace

void read(OptionReader& from, GoldOptions& to) {
  from.read("second_stage_weights", to.second_weights,
            {{"new", SecondStageWeights::fresh}, {"first_stage_initial", SecondStageWeights::first_initial}});
  from.read("trusted_pass", to.separate_passes, {{"joint", false}, {"separate", true}});
  from.read("divisor", to.divide_by_nominal, {{"samples", false}, {"nominal_batch", true}});
}

void read(OptionReader& from, ConfusionMatrixOptions& to) {
  read(from, to.gold);
  from.read("count_epsilon", to.count_epsilon);
  from.read("smoothing", to.smoothing);
}

void read(OptionReader& from, ForwardGoldOptions& to) {
  read(from, to.gold);
  read(from, to.anchor);
  to.untrusted_anchors = from.given("anchor_samples");
  if (to.untrusted_anchors) from.read("anchor_samples", to.untrusted_anchors, {{"untrusted", true}});
}

GoldCorrection::GoldCorrection(const MethodContext& context, const GoldOptions& options)
    : Stages(context, trainings_of(context, options)),
      options_(options),
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

Glc::Glc(const MethodContext& context) : GoldCorrection(context, options_of<GlcOptions>(context).gold) {}

torch::Tensor Glc::estimate() {
  const auto& trusted = set().trusted();
  return mean_rows(probabilities(&trusted), labels_of(set(), trusted));
}

ConfusionMatrix::ConfusionMatrix(const MethodContext& context)
    : ConfusionMatrix(context, options_of<ConfusionMatrixOptions>(context)) {}

ConfusionMatrix::ConfusionMatrix(const MethodContext& context, const ConfusionMatrixOptions& options)
    : GoldCorrection(context, options.gold), options_(options) {}

torch::Tensor ConfusionMatrix::estimate() {
  const auto& trusted = set().trusted();
  return confusion_rows(probabilities(&trusted).argmax(1), labels_of(set(), trusted), set().classes(),
                        options_.count_epsilon, options_.smoothing);
}

ForwardGold::ForwardGold(const MethodContext& context)
    : ForwardGold(context, options_of<ForwardGoldOptions>(context)) {}

ForwardGold::ForwardGold(const MethodContext& context, const ForwardGoldOptions& options)
    : GoldCorrection(context, options.gold), options_(options) {}

torch::Tensor ForwardGold::estimate() {
  if (!options_.untrusted_anchors) return anchor_matrix(probabilities(), options_.anchor);
  const auto samples = untrusted_positions(set());
  return anchor_matrix(probabilities(&samples), options_.anchor);
}

}  // namespace nlb
