#include "methods/ce.h"

namespace nlb {

torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels) {
  return at::cross_entropy_loss(logits, labels, /*weight=*/{}, at::Reduction::None);
}

torch::Tensor Ce::losses(const torch::Tensor& /*logits*/, const torch::Tensor& entropies) const { return entropies; }

}  // namespace nlb
