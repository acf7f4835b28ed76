// methods/mixup.h -- mixup: Zhang et al., ICLR 2018, arXiv:1710.09412; code compared with:
// facebookresearch/mixup-cifar10:train.py.
#pragma once

#include "methods/one_net.h"

namespace nlb {

/// One batch's mixing: sample i is mixed with sample pairs[i].
struct Mixing {
  double weight;               ///< of the sample itself, (0, 1)
  std::vector<int64_t> pairs;  ///< a permutation of 0..count-1
};
/// weight = Beta(alpha, alpha) at (epoch, number) of `key`; pairs = the permutation of derive(key, "pairs") at
/// epoch + number * 2^32. One draw for the whole batch, without max(weight, 1 - weight).
Mixing draw_mixing(Key key, int64_t epoch, int64_t number, double alpha, int64_t count);

/// weight * values + (1 - weight) * others, of one shape.
torch::Tensor mixed(const torch::Tensor& values, const torch::Tensor& others, double weight);

/// Logged losses and predictions are those of the mixed images, held against the label of the sample itself.
class Mixup final : public OneNet {
 public:
  explicit Mixup(const MethodContext& context);
  StepLog step(const Step& step) override;

 private:
  const double alpha_;
  const Key key_;
};

}  // namespace nlb
