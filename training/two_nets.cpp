#include "training/two_nets.h"

#include "training/losses.h"

namespace nlb {

torch::Tensor disagreement(const torch::Tensor& logits1, const torch::Tensor& logits2) {
  return logits1.detach().argmax(1) != logits2.detach().argmax(1);
}

void read(OptionReader& from, TwoNetsOptions& to) {
  read(from, to.late_beta1);
  from.read("scored", to.scores_ensemble, {{"first_network", false}, {"ensemble", true}});
}

TwoNets::TwoNets(const MethodContext& context, const TwoNetsOptions& options)
    : recipe_(context.spec.recipe),
      options_(options),
      learner1_(context, "net1", context.spec.recipe.epochs),
      learner2_(context, "net2", context.spec.recipe.epochs) {}

std::vector<Pass> TwoNets::begin_epoch(int64_t epoch) {
  if (const auto& late = options_.late_beta1; late && epoch >= late->epoch) {
    learner1_.set_beta1(late->beta1);
    learner2_.set_beta1(late->beta1);
  }
  return {recipe_pass(recipe_)};
}

std::vector<Output> TwoNets::predict(const torch::Tensor& images) {
  const auto first = learner1_.evaluate(images), second = learner2_.evaluate(images);
  std::vector<Output> outputs = {{"net1", first}, {"net2", second}};
  if (options_.scores_ensemble) outputs.insert(outputs.begin(), {"ensemble", first + second});
  return outputs;
}

void TwoNets::visit_state(StateVisitor& visitor) {
  learner1_.visit_state(visitor);
  learner2_.visit_state(visitor);
}

TwoViews TwoNets::forward(const Batch& batch) {
  TwoViews views{.logits = {learner1_.forward(batch.images()), learner2_.forward(batch.images())}, .losses = {}};
  for (int net = 0; net < 2; ++net) views.losses[net] = cross_entropy(views.logits[net], batch.labels);
  return views;
}

StepLog TwoNets::descend(const Step& step, const TwoViews& views, const torch::Tensor& loss1,
                         const torch::Tensor& loss2, const torch::Tensor& selected) {
  StepLog log;
  log.index = step.batch().index;
  log.predicted = views.logits[0].detach().argmax(1);
  log.sample_loss = views.losses[0].detach();
  log.selected = selected;
  log.losses = {{"loss", loss1.detach()}, {"loss2", loss2.detach()}};
  log.learning_rate = learner1_.minimise(loss1, step.epoch, step);
  learner2_.minimise(loss2, step.epoch, step);
  return log;
}

}  // namespace nlb
