#include "methods/known_matrix.h"

#include "batches/noise_matrix.h"
#include "training/options.h"
#include "training/transition.h"

namespace nlb {
namespace {

torch::Tensor matrix_of(const MethodContext& context) {
  return noise_matrix(context.spec, context.set.classes(), torch::TensorOptions(context.device).dtype(context.type));
}

}  // namespace

void read(OptionReader& from, ForwardTrueOptions& to) {
  from.read("least_probability", to.least_probability);
  read(from, to.scored);
}

void read(OptionReader& from, BackwardTrueOptions& to) {
  from.read("least_probability", to.least_probability);
  read(from, to.scored);
}

ForwardTrue::ForwardTrue(const MethodContext& context)
    : ForwardTrue(context, options_of<ForwardTrueOptions>(context)) {}

ForwardTrue::ForwardTrue(const MethodContext& context, const ForwardTrueOptions& options)
    : SampleLosses(context, options.scored),
      matrix_(matrix_of(context)),
      least_probability_(options.least_probability) {}

torch::Tensor ForwardTrue::losses_of(const torch::Tensor& logits, const torch::Tensor& labels,
                                     const torch::Tensor& /*entropies*/) const {
  if (least_probability_) return forward_losses_clamped(logits, labels, matrix_, *least_probability_);
  return forward_losses(logits, labels, matrix_);
}

BackwardTrue::BackwardTrue(const MethodContext& context)
    : BackwardTrue(context, options_of<BackwardTrueOptions>(context)) {}

BackwardTrue::BackwardTrue(const MethodContext& context, const BackwardTrueOptions& options)
    : SampleLosses(context, options.scored),
      inverse_(inverted(matrix_of(context))),
      least_probability_(options.least_probability) {}

torch::Tensor BackwardTrue::losses_of(const torch::Tensor& logits, const torch::Tensor& labels,
                                      const torch::Tensor& /*entropies*/) const {
  return backward_losses(logits, labels, inverse_, least_probability_);
}

}  // namespace nlb
