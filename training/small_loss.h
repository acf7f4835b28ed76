// training/small_loss.h -- the small-loss trick: how many samples of a batch are kept, and which. Han et al., NeurIPS
// 2018, arXiv:1804.06872; reference code bhanML/Co-teaching:main.py, loss.py.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <optional>

#include "facts/option_reader.h"

namespace nlb {

/// Share of a batch that is dropped, epoch by epoch.
struct ForgetSchedule {
  double rate;          ///< once the ramp is over, [0, 1)
  double exponent;      ///< of the rate while the ramp runs, > 0
  int64_t ramp_epochs;  ///< length of the ramp, >= 2
  int64_t first_epoch;  ///< place on the ramp of the first trained epoch
};

/// rate^exponent * e / (ramp_epochs - 1) at e = epoch + first_epoch < ramp_epochs (numpy.linspace), then rate. epoch:
/// 0-based.
double forget_rate(const ForgetSchedule& schedule, int64_t epoch);

/// [B] int64: place of each sample in the order by (not a candidate, loss, place in the batch). losses [B], candidates
/// [B] bool.
torch::Tensor loss_ranks(const torch::Tensor& losses, const torch::Tensor& candidates);

/// floor((1 - forgotten) * candidates), but at least one where there is one: 0-dim int64. candidates: 0-dim count.
torch::Tensor kept_count(const torch::Tensor& candidates, double forgotten);

/// Two losses over subsets of the same batch, as 0/1 weights over the whole of it.
struct Exchange {
  torch::Tensor weights[2];  ///< [B] 0 or 1: what each network trains on
  torch::Tensor kept;        ///< 0-dim int64, the ones in either
};

/// Each network trains on the `kept` candidates of smallest loss under the other. losses1, losses2 [B], candidates [B]
/// bool.
Exchange exchange_small_losses(const torch::Tensor& losses1, const torch::Tensor& losses2,
                               const torch::Tensor& candidates, double forgotten);

/// What the sum over the kept samples is divided by.
enum class LossScale {
  mean,                 ///< their number
  mean_over_kept_twice  ///< their number squared, as released: a mean is divided by the number once more
};
/// The option "loss_scale".
void read(OptionReader& from, LossScale& to);
/// 0-dim, of `type`, at least 1.
torch::Tensor divisor(const torch::Tensor& kept, LossScale scale, torch::ScalarType type);

/// Adam's beta1 from some epoch on.
struct LateBeta1 {
  int64_t epoch;  ///< 0-based
  double beta1;   ///< [0, 1)
};
/// The options "late_beta1_epoch" and "late_beta1"; without them empty.
void read(OptionReader& from, std::optional<LateBeta1>& to);

}  // namespace nlb
