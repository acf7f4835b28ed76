// methods/phuber.h -- partially Huberised cross-entropy and L_q (phuber_ce, phuber_gce): below a probability of the
// given label the loss goes on as its tangent. Menon et al., ICLR 2020 (https://openreview.net/forum?id=rklB76EKPr);
// code compared with: dmizr/phuber:phuber/loss.py.
#pragma once

#include "training/loss_method.h"

namespace nlb {

// p = exp(-cross_entropy) throughout; results are [B] like the argument. Value and slope are continuous at the switch.

/// -log p where p > 1 / tau, else -tau p + log tau + 1; tau > 1.
torch::Tensor phuber_cross_entropy(const torch::Tensor& cross_entropy, double tau);
/// (1 - p^q) / q where p > t = tau^(1 / (q - 1)), else -tau p + tau t + (1 - t^q) / q; q in (0, 1), tau > 1.
torch::Tensor phuber_generalised_cross_entropy(const torch::Tensor& cross_entropy, double q, double tau);

struct PhuberCeOptions {
  double tau;  ///< slope at which the loss turns linear, > 1
};
void read(OptionReader& from, PhuberCeOptions& to);
struct PhuberGceOptions {
  double q;    ///< (0, 1)
  double tau;  ///< as above
};
void read(OptionReader& from, PhuberGceOptions& to);

class PhuberCe final : public LossMethod {
 public:
  explicit PhuberCe(const MethodContext& context);

 private:
  torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& entropies) const override;
  const PhuberCeOptions options_;
};

class PhuberGce final : public LossMethod {
 public:
  explicit PhuberGce(const MethodContext& context);

 private:
  torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& entropies) const override;
  const PhuberGceOptions options_;
};

}  // namespace nlb
