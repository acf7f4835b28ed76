#include "methods/co_teaching.h"

namespace nlb {

CoTeachingOptions co_teaching_options(const Json& options) {
  return {.forget = {.rate = options.at("forget_rate").get<double>(),
                     .exponent = options.at("forget_exponent").get<double>(),
                     .ramp_epochs = options.at("forget_ramp_epochs").get<int64_t>(),
                     .first_epoch = options.at("first_epoch").get<int64_t>()},
          .scale = loss_scale(options)};
}

CoTeaching::CoTeaching(const MethodContext& context)
    : TwoNets(context, late_beta1(context.spec.method.options)),
      options_(co_teaching_options(context.spec.method.options)) {}

// DEVIATION: the rate's schedule and beta1 count from the first epoch that is trained. The released loop counts from 1,
// so its 200 planned epochs are 199 in a protocol.
// DEVIATION: samples of equal loss are taken in the order of the batch, and at least one sample is kept; the released
// code sorts unstably, and its mean over no sample would be NaN.
StepLog CoTeaching::step(const Step& step) {
  const TwoViews views = forward(step.batch());
  const auto& [losses1, losses2] = views.losses;
  const auto all = torch::ones_like(step.batch().labels, torch::kBool);
  const Exchange taught = exchange_small_losses(losses1, losses2, all, forget_rate(options_.forget, step.epoch));
  const auto scale = divisor(taught.kept, options_.scale, losses1.scalar_type());
  return descend(step, views, (taught.weights[0] * losses1).sum() / scale, (taught.weights[1] * losses2).sum() / scale,
                 taught.weights[0] > 0);
}

}  // namespace nlb
