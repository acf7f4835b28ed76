#include "methods/savage.h"

#include "training/losses.h"
#include "training/options.h"

namespace nlb {

torch::Tensor savage_losses(const torch::Tensor& entropies, int64_t classes, double least) {
  const auto probabilities = (-entropies_clamped(entropies, least)).exp();
  const auto count = static_cast<double>(classes);
  return (torch::sigmoid(-2 * probabilities).square() + (count - 1) / 4) / count;
}

void read(OptionReader& from, SavageOptions& to) {
  from.read("least_probability", to.least_probability);
  read(from, to.scored);
}

Savage::Savage(const MethodContext& context) : Savage(context, options_of<SavageOptions>(context)) {}

Savage::Savage(const MethodContext& context, const SavageOptions& options)
    : LossMethod(context, options.scored), least_probability_(options.least_probability) {}

torch::Tensor Savage::losses(const torch::Tensor& logits, const torch::Tensor& entropies) const {
  return savage_losses(entropies, logits.size(1), least_probability_);
}

}  // namespace nlb
