#include "methods/savage.h"

#include "training/least_probability.h"

namespace nlb {

torch::Tensor savage_losses(const torch::Tensor& entropies, int64_t classes, double least) {
  const auto probabilities = (-entropies_clamped(entropies, least)).exp();
  const auto count = static_cast<double>(classes);
  return (torch::sigmoid(-2 * probabilities).square() + (count - 1) / 4) / count;
}

Savage::Savage(const MethodContext& context)
    : LossMethod(context), least_probability_(context.spec.method.options.at("least_probability").get<double>()) {}

torch::Tensor Savage::losses(const torch::Tensor& logits, const torch::Tensor& entropies) const {
  return savage_losses(entropies, logits.size(1), least_probability_);
}

}  // namespace nlb
