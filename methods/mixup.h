// methods/mixup.h -- mixup: Zhang et al., ICLR 2018, arXiv:1710.09412; code compared with:
// facebookresearch/mixup-cifar10:train.py.
#pragma once

#include "training/one_net.h"

namespace nlb {

/// [B]: weight * CE(logits, own) + (1 - weight) * CE(logits, other). logits [B, C]; own, other [B] int64.
torch::Tensor mixed_cross_entropy(const torch::Tensor& logits, const torch::Tensor& own, const torch::Tensor& other,
                                  double weight);

struct MixupOptions {
  double alpha;  ///< of the mixing weight's Beta distribution, > 0
};
void read(OptionReader& from, MixupOptions& to);

/// One draw (draw_row_mixing) for the whole batch, without max(weight, 1 - weight). Logged losses and predictions are
/// those of the mixed images, held against the label of the sample itself.
class Mixup final : public OneNet {
 public:
  explicit Mixup(const MethodContext& context);
  StepLog step(const Step& step) override;

 private:
  const MixupOptions options_;
  const Key key_;
};

}  // namespace nlb
