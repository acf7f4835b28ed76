#include "methods/co_teaching.h"

#include "training/options.h"

namespace nlb {

void read(OptionReader& from, CoTeachingOptions& to) {
  from.read("forget_rate", to.forget.rate);
  from.read("forget_exponent", to.forget.exponent);
  from.read("forget_ramp_epochs", to.forget.ramp_epochs);
  from.read("first_epoch", to.forget.first_epoch);
  read(from, to.scale);
  read(from, to.nets);
}

CoTeaching::CoTeaching(const MethodContext& context) : CoTeaching(context, options_of<CoTeachingOptions>(context)) {}

CoTeaching::CoTeaching(const MethodContext& context, const CoTeachingOptions& options)
    : TwoNets(context, options.nets), options_(options) {}

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
