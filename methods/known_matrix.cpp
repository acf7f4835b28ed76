#include "methods/known_matrix.h"

#include "batches/noise_matrix.h"
#include "training/least_probability.h"
#include "training/transition.h"

namespace nlb {
namespace {

torch::Tensor matrix_of(const MethodContext& context) {
  return noise_matrix(context.spec, context.set.classes(), torch::TensorOptions(context.device).dtype(context.type));
}

}  // namespace

ForwardTrue::ForwardTrue(const MethodContext& context)
    : SampleLosses(context),
      matrix_(matrix_of(context)),
      least_probability_(least_probability(context.spec.method.options)) {}

torch::Tensor ForwardTrue::losses_of(const torch::Tensor& logits, const torch::Tensor& labels,
                                     const torch::Tensor& /*entropies*/) const {
  if (least_probability_) return forward_losses_clamped(logits, labels, matrix_, *least_probability_);
  return forward_losses(logits, labels, matrix_);
}

BackwardTrue::BackwardTrue(const MethodContext& context)
    : SampleLosses(context),
      inverse_(inverted(matrix_of(context))),
      least_probability_(context.spec.method.options.at("least_probability").get<double>()) {}

torch::Tensor BackwardTrue::losses_of(const torch::Tensor& logits, const torch::Tensor& labels,
                                      const torch::Tensor& /*entropies*/) const {
  return backward_losses(logits, labels, inverse_, least_probability_);
}

}  // namespace nlb
