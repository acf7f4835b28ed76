// methods/bootstrap.h -- bootstrapping (bootstrap_soft, bootstrap_hard): the label mixed with the network's own
// prediction of the same forward pass. Reed et al., ICLR 2015 workshop, arXiv:1412.6596; code compared with (there is
// no official one): YisenWang/symmetric_cross_entropy_for_noisy_labels:loss.py, giorgiop/loss-correction:loss.py.
#pragma once

#include <optional>

#include "training/loss_method.h"

namespace nlb {

/// beta * entropies + (1 - beta) * entropy of softmax(logits) of each sample: [B]. No stop-gradient: the
/// prediction inside the target is differentiated too. logits [B, C] float; entropies [B], their cross-entropy against
/// the given labels.
/// `least`: softmax is clamped to [least, 1 - least] in all of it, as in both codes; absent: exact logarithms.
torch::Tensor soft_bootstrap(const torch::Tensor& logits, const torch::Tensor& entropies, double beta,
                             const std::optional<double>& least = std::nullopt);

/// beta * entropies + (1 - beta) * CE(logits, argmax of logits) of each sample: [B]. The argmax carries no
/// gradient; of equal logits it takes the first. `least` as above.
torch::Tensor hard_bootstrap(const torch::Tensor& logits, const torch::Tensor& entropies, double beta,
                             const std::optional<double>& least = std::nullopt);

struct BootstrapOptions {
  double beta;                              ///< share of the given label in the target, [0, 1]
  std::optional<double> least_probability;  ///< softmax is clamped to [l, 1 - l]; absent: exact logarithms
  Scored scored;
};
void read(OptionReader& from, BootstrapOptions& to);

class BootstrapSoft final : public LossMethod {
 public:
  explicit BootstrapSoft(const MethodContext& context);

 private:
  BootstrapSoft(const MethodContext& context, const BootstrapOptions& options);
  torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& entropies) const override;
  const BootstrapOptions options_;
};

class BootstrapHard final : public LossMethod {
 public:
  explicit BootstrapHard(const MethodContext& context);

 private:
  BootstrapHard(const MethodContext& context, const BootstrapOptions& options);
  torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& entropies) const override;
  const BootstrapOptions options_;
};

}  // namespace nlb
