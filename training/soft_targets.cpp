#include "training/soft_targets.h"

namespace nlb {

torch::Tensor one_hot(const torch::Tensor& labels, int64_t classes, torch::ScalarType type) {
  return torch::zeros({labels.size(0), classes}, labels.options().dtype(type)).scatter_(1, labels.unsqueeze(1), 1);
}

torch::Tensor of_label(const torch::Tensor& rows, const torch::Tensor& labels) {
  return rows.gather(1, labels.unsqueeze(1)).squeeze(1);
}

torch::Tensor soft_cross_entropy(const torch::Tensor& logits, const torch::Tensor& targets) {
  return -(targets * torch::log_softmax(logits, 1)).sum(1);
}

torch::Tensor prediction_entropy(const torch::Tensor& logits) {
  const auto log_probabilities = torch::log_softmax(logits, 1);
  return -(log_probabilities.exp() * log_probabilities).sum(1);
}

}  // namespace nlb
