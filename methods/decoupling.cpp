#include "methods/decoupling.h"

#include "training/options.h"

namespace nlb {

void read(OptionReader& from, DecouplingOptions& to) {
  from.read("least_share", to.least_share);
  from.read("init_steps", to.init_steps);
}

torch::Tensor disagreement_loss(const torch::Tensor& losses, const torch::Tensor& weights, double least_share) {
  return (weights * losses).sum() / weights.sum().clamp_min(least_share * static_cast<double>(losses.size(0)));
}

Decoupling::Decoupling(const MethodContext& context)
    : TwoNets(context), options_(options_of<DecouplingOptions>(context)) {}

// DEVIATION: no weights per class; the released code has them for its one task of two classes.
StepLog Decoupling::step(const Step& step) {
  const TwoViews views = forward(step.batch());
  const bool all = step.epoch * step.count + step.number < options_.init_steps;
  const auto updated =
      all ? torch::ones_like(step.batch().labels, torch::kBool) : disagreement(views.logits[0], views.logits[1]);
  const auto weights = updated.to(views.losses[0].scalar_type());
  return descend(step, views, disagreement_loss(views.losses[0], weights, options_.least_share),
                 disagreement_loss(views.losses[1], weights, options_.least_share), updated);
}

}  // namespace nlb
