// methods/clipping.h -- cross-entropy with the gradient of the whole mini-batch clipped: the baseline of Menon et al.,
// ICLR 2020 (https://openreview.net/forum?id=rklB76EKPr); code compared with: dmizr/phuber:phuber/trainer.py.
#pragma once

#include "training/one_net.h"

namespace nlb {

struct ClippingOptions {
  double max_norm;  ///< > 0
};
void read(OptionReader& from, ClippingOptions& to);

/// The gradient over all parameters is scaled to an L2 norm of at most max_norm before the optimiser adds its weight
/// decay.
class Clipping final : public OneNet {
 public:
  explicit Clipping(const MethodContext& context);
  StepLog step(const Step& step) override;
  std::optional<std::string> phase(const Step& step) const override { return phase_of_full_batches(step); }

 private:
  const ClippingOptions options_;
};

}  // namespace nlb
