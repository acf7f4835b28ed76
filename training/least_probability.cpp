#include "training/least_probability.h"

#include <cmath>

namespace nlb {

std::optional<double> least_probability(const Json& options) {
  if (!options.contains("least_probability")) return std::nullopt;
  return options.at("least_probability").get<double>();
}

torch::Tensor log_softmax_clamped(const torch::Tensor& logits, double least) {
  return torch::log_softmax(logits, 1).clamp(std::log(least), std::log1p(-least));
}

torch::Tensor entropies_from_below(const torch::Tensor& entropies, double least) {
  return entropies.clamp_max(-std::log(least));
}

torch::Tensor entropies_clamped(const torch::Tensor& entropies, double least) {
  return entropies.clamp(-std::log1p(-least), -std::log(least));
}

}  // namespace nlb
