#include "methods/linear.h"

#include "training/losses.h"

namespace nlb {

torch::Tensor Unhinged::losses(const torch::Tensor& /*logits*/, const torch::Tensor& entropies) const {
  return unhinged_loss(entropies);
}

}  // namespace nlb
