#include "methods/patrini.h"

#include "training/losses.h"

namespace nlb {
namespace {

// DEVIATION: the matrix comes from the last epoch; giorgiop/loss-correction takes the epoch of the lowest noisy
// validation loss, and methods see no held-out images.
std::vector<Training> trainings_of(const MethodContext& context) {
  const Json& options = context.spec.method.options;
  const int64_t epochs = context.spec.recipe.epochs;
  return {{.name = "noisy", .epochs = epochs, .samples = {}},
          {.name = second_training_name(options, "noisy"),
           .epochs = epochs,
           .samples = {},
           .goes_on = options.at("second_stage_weights") == "first_stage_final"}};
}

}  // namespace

AnchorCorrection::AnchorCorrection(const MethodContext& context)
    : Stages(context, trainings_of(context)),
      anchor_(anchor_options(context.spec.method.options)),
      matrix_(torch::zeros({set().classes(), set().classes()}, tensor_options())) {}

void AnchorCorrection::before_stage(size_t /*stage*/) { matrix_ = prepared(anchor_matrix(probabilities(), anchor_)); }

Stages::Trained AnchorCorrection::train(size_t stage, const Batch& batch) {
  if (stage == 0) return train_on_labels(batch);
  const auto logits = learner().forward(batch.images());
  return {.index = batch.index,
          .logits = logits,
          .entropies = cross_entropy(logits.detach(), batch.labels),
          .loss = losses(logits, batch.labels, matrix_).mean()};
}

void AnchorCorrection::visit_state(StateVisitor& visitor) {
  Stages::visit_state(visitor);
  visitor.tensor("matrix", matrix_);
}

torch::Tensor Forward::losses(const torch::Tensor& logits, const torch::Tensor& labels,
                              const torch::Tensor& matrix) const {
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
