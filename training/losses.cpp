#include "training/losses.h"

#include <cmath>

namespace nlb {

torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels) {
  return at::cross_entropy_loss(logits, labels, /*weight=*/{}, at::Reduction::None);
}

torch::Tensor generalised_cross_entropy(const torch::Tensor& cross_entropy, double q, double epsilon) {
  if (epsilon == 0) return torch::expm1(cross_entropy * -q) / -q;
  const auto log_epsilon = torch::full({}, std::log(epsilon), cross_entropy.options());
  return torch::expm1(torch::logaddexp(-cross_entropy, log_epsilon) * q) / -q;
}

torch::Tensor unhinged_loss(const torch::Tensor& cross_entropy) { return -torch::expm1(-cross_entropy); }

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
