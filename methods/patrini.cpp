#include "methods/patrini.h"

#include "core/error.h"
#include "training/losses.h"
#include "training/options.h"

namespace nlb {
namespace {

std::vector<Training> trainings_of(const MethodContext& context, SecondStageWeights weights) {
  const int64_t epochs = context.spec.recipe.epochs;
  return {{.name = "noisy", .epochs = epochs, .samples = {}},
          {.name = second_training_name(weights, "noisy"),
           .epochs = epochs,
           .samples = {},
           .goes_on = weights == SecondStageWeights::first_final}};
}

}  // namespace

void read(OptionReader& from, AnchorCorrectionOptions& to) {
  read(from, to.anchor);
  from.read("selected_epoch", to.chooses_epoch, {{"last", false}, {"lowest_held_out_loss", true}});
  read(from, to.scored);
}

void read(OptionReader& from, ForwardOptions& to) {
  using Weights = SecondStageWeights;
  read(from, to.shared);
  from.read("second_stage_weights", to.shared.second_weights,
            {{"new", Weights::fresh},
             {"first_stage_initial", Weights::first_initial},
             {"first_stage_final", Weights::first_final}});
  from.read("least_probability", to.least_probability);
}

void read(OptionReader& from, BackwardOptions& to) {
  read(from, to.shared);
  from.read("second_stage_weights", to.shared.second_weights,
            {{"new", SecondStageWeights::fresh}, {"first_stage_initial", SecondStageWeights::first_initial}});
  from.read("least_probability", to.least_probability);
}

AnchorCorrection::AnchorCorrection(const MethodContext& context, const AnchorCorrectionOptions& options)
    : Stages(context, trainings_of(context, options.second_weights)),
      options_(options),
      chosen_(tensor_options()),
      matrix_(torch::zeros({set().classes(), set().classes()}, tensor_options())) {}

void AnchorCorrection::before_stage(size_t /*stage*/) {
  if (options_.chooses_epoch) {
    // Without an epoch whose loss is a number there is nothing to choose; the last one fails by itself.
    if (!chosen_.empty()) chosen_.put_into(learner().net().parameters());
    chosen_ = BestNetwork(tensor_options());
  }
  matrix_ = prepared(anchor_matrix(probabilities(), options_.anchor));
}

torch::Tensor AnchorCorrection::first_losses(const torch::Tensor& logits, const torch::Tensor& labels) const {
  const auto entropies = cross_entropy(logits, labels);
  return least_of_first() ? entropies_clamped(entropies, *least_of_first()) : entropies;
}

void AnchorCorrection::end_epoch(int64_t epoch) {
  const bool first = epoch < recipe().epochs;
  if (first ? !options_.chooses_epoch : !options_.scored.lowest_held_out_loss) return;
  NLB_CHECK(held_out_ != nullptr, "a method that asks for held-out samples has been shown them");
  const auto loss = held_out_mean(*held_out_, learner(), [&](const torch::Tensor& logits, const torch::Tensor& labels) {
    return first ? first_losses(logits, labels) : losses(logits, labels, matrix_);
  });
  chosen_.offer(loss, learner().net().parameters());
}

std::vector<Output> AnchorCorrection::predict(const torch::Tensor& images) {
  auto outputs = Stages::predict(images);
  if (!options_.scored.lowest_held_out_loss) return outputs;
  outputs.insert(outputs.begin(), {"lowest held-out loss", chosen_.evaluate(learner(), images)});
  return outputs;
}

Stages::Trained AnchorCorrection::train(size_t stage, const Batch& batch) {
  if (stage == 0 && !least_of_first()) return train_on_labels(batch);
  const auto logits = learner().forward(batch.images());
  const auto each = stage == 0 ? first_losses(logits, batch.labels) : losses(logits, batch.labels, matrix_);
  return {.index = batch.index,
          .logits = logits,
          .entropies = cross_entropy(logits.detach(), batch.labels),
          .loss = each.mean()};
}

void AnchorCorrection::visit_state(StateVisitor& visitor) {
  Stages::visit_state(visitor);
  visitor.tensor("matrix", matrix_);
  if (asks_held_out()) chosen_.visit_state(visitor, "chosen");
}

Forward::Forward(const MethodContext& context) : Forward(context, options_of<ForwardOptions>(context)) {}

Forward::Forward(const MethodContext& context, const ForwardOptions& options)
    : AnchorCorrection(context, options.shared), options_(options) {}

torch::Tensor Forward::losses(const torch::Tensor& logits, const torch::Tensor& labels,
                              const torch::Tensor& matrix) const {
  const auto& least = options_.least_probability;
  if (least) return forward_losses_clamped(logits, labels, matrix, *least);
  return forward_losses(logits, labels, matrix);
}

Backward::Backward(const MethodContext& context) : Backward(context, options_of<BackwardOptions>(context)) {}

Backward::Backward(const MethodContext& context, const BackwardOptions& options)
    : AnchorCorrection(context, options.shared), options_(options) {}

torch::Tensor Backward::prepared(const torch::Tensor& matrix) const { return inverted(matrix); }

torch::Tensor Backward::losses(const torch::Tensor& logits, const torch::Tensor& labels,
                               const torch::Tensor& matrix) const {
  return backward_losses(logits, labels, matrix, options_.least_probability);
}

}  // namespace nlb
