#include "methods/co_teaching_plus.h"

#include "training/losses.h"
#include "training/options.h"

namespace nlb {

void read(OptionReader& from, CoTeachingPlusOptions& to) {
  from.read("init_epochs", to.init_epochs);
  from.read("forget_rate", to.forget.rate);
  to.forget.exponent = 1;
  from.read("forget_ramp_epochs", to.forget.ramp_epochs);
  from.read("first_epoch", to.forget.first_epoch);
  read(from, to.scale);
  from.read("disagreement_loss", to.softmax_twice, {{"logits", false}, {"softmax_twice", true}});
  from.read("whole_batch_below_step", to.whole_batch_below_step);
  read(from, to.nets);
}

CoTeachingPlus::CoTeachingPlus(const MethodContext& context)
    : CoTeachingPlus(context, options_of<CoTeachingPlusOptions>(context)) {}

CoTeachingPlus::CoTeachingPlus(const MethodContext& context, const CoTeachingPlusOptions& options)
    : TwoNets(context, options.nets), options_(options) {}

// DEVIATION: as in Co-teaching, the rate's schedule and beta1 count from our epoch 0; the released loop starts at 1.
// DEVIATION: where (1 - forget rate) of the disagreeing samples is less than one, one is kept, as in the paper's
// formula; the released code then keeps all of them. Its list of disagreeing samples loses one element when it holds
// training sample 0; ours does not.
StepLog CoTeachingPlus::step(const Step& step) {
  const TwoViews views = forward(step.batch());
  const auto& labels = step.batch().labels;
  const int64_t epoch = step.epoch + options_.forget.first_epoch;
  const bool plain = epoch < options_.init_epochs;
  const auto loss_of = [&](int net) {
    if (plain || !options_.softmax_twice) return views.losses[net];
    return cross_entropy(torch::softmax(views.logits[net], 1), labels);
  };
  const auto losses1 = loss_of(0), losses2 = loss_of(1);
  const auto candidates =
      plain ? torch::ones_like(labels, torch::kBool) : disagreement(views.logits[0], views.logits[1]);
  Exchange taught = exchange_small_losses(losses1, losses2, candidates, forget_rate(options_.forget, step.epoch));
  auto scale = divisor(taught.kept, options_.scale, losses1.scalar_type());
  if (options_.whole_batch_below_step && epoch * step.number < *options_.whole_batch_below_step) {
    const auto nobody = taught.kept == 0;
    for (auto& weights : taught.weights) weights = torch::where(nobody, torch::ones_like(weights), weights);
    scale = torch::where(nobody, torch::full_like(scale, losses1.size(0)), scale);
  }
  return descend(step, views, (taught.weights[0] * losses1).sum() / scale, (taught.weights[1] * losses2).sum() / scale,
                 taught.weights[0] > 0);
}

}  // namespace nlb
