#include "methods/patrini.h"

#include "core/error.h"
#include "training/losses.h"

namespace nlb {
namespace {

constexpr const char* kLowestHeldOutLoss = "lowest_held_out_loss";

std::vector<Training> trainings_of(const MethodContext& context) {
  const Json& options = context.spec.method.options;
  const int64_t epochs = context.spec.recipe.epochs;
  return {{.name = "noisy", .epochs = epochs, .samples = {}},
          {.name = second_training_name(options, "noisy"),
           .epochs = epochs,
           .samples = {},
           .goes_on = options.at("second_stage_weights") == "first_stage_final"}};
}

bool asks(const MethodContext& context, const char* option) {
  const Json& options = context.spec.method.options;
  return options.contains(option) && options.at(option) == kLowestHeldOutLoss;
}

}  // namespace

AnchorCorrection::AnchorCorrection(const MethodContext& context)
    : Stages(context, trainings_of(context)),
      anchor_(anchor_options(context.spec.method.options)),
      chooses_epoch_(asks(context, "selected_epoch")),
      scores_chosen_(asks(context, "scored")),
      chosen_(tensor_options()),
      matrix_(torch::zeros({set().classes(), set().classes()}, tensor_options())) {}

std::string AnchorCorrection::asks_held_out() const {
  if (!chooses_epoch_ && !scores_chosen_) return {};
  return std::string(chooses_epoch_ ? "selected_epoch" : "scored") + ": \"" + kLowestHeldOutLoss + "\"";
}

void AnchorCorrection::before_stage(size_t /*stage*/) {
  if (chooses_epoch_) {
    // Without an epoch whose loss is a number there is nothing to choose; the last one fails by itself.
    if (!chosen_.empty()) chosen_.put_into(learner().net().parameters());
    chosen_ = BestNetwork(tensor_options());
  }
  matrix_ = prepared(anchor_matrix(probabilities(), anchor_));
}

torch::Tensor AnchorCorrection::first_losses(const torch::Tensor& logits, const torch::Tensor& labels) const {
  const auto entropies = cross_entropy(logits, labels);
  return least_of_first() ? entropies_clamped(entropies, *least_of_first()) : entropies;
}

void AnchorCorrection::end_epoch(int64_t epoch) {
  const bool first = epoch < recipe().epochs;
  if (first ? !chooses_epoch_ : !scores_chosen_) return;
  NLB_CHECK(held_out_ != nullptr, "a method that asks for held-out samples has been shown them");
  const auto loss = held_out_mean(*held_out_, learner(), [&](const torch::Tensor& logits, const torch::Tensor& labels) {
    return first ? first_losses(logits, labels) : losses(logits, labels, matrix_);
  });
  chosen_.offer(loss, learner().net().parameters());
}

std::vector<Output> AnchorCorrection::predict(const torch::Tensor& images) {
  auto outputs = Stages::predict(images);
  if (!scores_chosen_) return outputs;
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
  if (chooses_epoch_ || scores_chosen_) chosen_.visit_state(visitor, "chosen");
}

Forward::Forward(const MethodContext& context)
    : AnchorCorrection(context), least_probability_(least_probability(context.spec.method.options)) {}

torch::Tensor Forward::losses(const torch::Tensor& logits, const torch::Tensor& labels,
                              const torch::Tensor& matrix) const {
  if (least_probability_) return forward_losses_clamped(logits, labels, matrix, *least_probability_);
  return forward_losses(logits, labels, matrix);
}

Backward::Backward(const MethodContext& context)
    : AnchorCorrection(context),
      least_probability_(context.spec.method.options.at("least_probability").get<double>()) {}

torch::Tensor Backward::prepared(const torch::Tensor& matrix) const { return inverted(matrix); }

torch::Tensor Backward::losses(const torch::Tensor& logits, const torch::Tensor& labels,
                               const torch::Tensor& matrix) const {
  return backward_losses(logits, labels, matrix, least_probability_);
}

}  // namespace nlb
