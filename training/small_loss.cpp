#include "training/small_loss.h"

#include <cmath>

namespace nlb {

double forget_rate(const ForgetSchedule& schedule, int64_t epoch) {
  const int64_t place = epoch + schedule.first_epoch;
  if (place >= schedule.ramp_epochs) return schedule.rate;
  const double end = std::pow(schedule.rate, schedule.exponent);
  if (place == schedule.ramp_epochs - 1) return end;
  return static_cast<double>(place) * (end / static_cast<double>(schedule.ramp_epochs - 1));
}

torch::Tensor loss_ranks(const torch::Tensor& losses, const torch::Tensor& candidates) {
  // Two stable sorts: by loss, then whatever is not a candidate behind all others. Ranks over the full batch keep every
  // shape fixed, whatever the mask holds.
  const auto by_loss = torch::argsort(losses.detach(), /*stable=*/true, /*dim=*/0, /*descending=*/false);
  const auto others = candidates.logical_not().to(torch::kInt64).index_select(0, by_loss);
  const auto order = by_loss.index_select(0, torch::argsort(others, true, 0, false));
  // order[r] is the sample of rank r; the scatter turns this round, to the rank of each sample.
  return torch::empty_like(order).scatter_(0, order, torch::arange(order.size(0), order.options()));
}

torch::Tensor kept_count(const torch::Tensor& candidates, double forgotten) {
  // In double and then cut off, as int(share * n) of the authors' programs, yet on the device: the count never comes to
  // the host.
  const auto share = candidates.to(torch::kFloat64) * (1 - forgotten);
  return torch::minimum(share.to(torch::kInt64).clamp_min(1), candidates.to(torch::kInt64));
}

Exchange exchange_small_losses(const torch::Tensor& losses1, const torch::Tensor& losses2,
                               const torch::Tensor& candidates, double forgotten) {
  const auto kept = kept_count(candidates.sum(), forgotten);
  const auto smallest = [&](const torch::Tensor& losses) {
    return (loss_ranks(losses, candidates) < kept).to(losses.scalar_type());
  };
  return {.weights = {smallest(losses2), smallest(losses1)}, .kept = kept};
}

void read(OptionReader& from, LossScale& to) {
  from.read("loss_scale", to, {{"mean", LossScale::mean}, {"mean_over_kept_twice", LossScale::mean_over_kept_twice}});
}

torch::Tensor divisor(const torch::Tensor& kept, LossScale scale, torch::ScalarType type) {
  const auto count = kept.clamp_min(1).to(type);
  return scale == LossScale::mean ? count : count * count;
}

void read(OptionReader& from, std::optional<LateBeta1>& to) {
  to.reset();
  if (!from.given("late_beta1_epoch")) return;
  from.read("late_beta1_epoch", to.emplace().epoch);
  from.read("late_beta1", to->beta1);
}

}  // namespace nlb
