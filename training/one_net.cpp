#include "training/one_net.h"

#include "facts/option_reader.h"

namespace nlb {
namespace {

/// What every step reports, before the update.
StepLog log_of(const Step& step, const torch::Tensor& logits, const torch::Tensor& cross_entropies,
               const torch::Tensor& loss) {
  StepLog log;
  log.index = step.batch().index;
  log.predicted = logits.detach().argmax(1);
  log.sample_loss = cross_entropies.detach();
  log.losses = {{"loss", loss.detach()}};
  return log;
}

}  // namespace

void read(OptionReader& from, const std::string& stage, StageRate& to) {
  from.read(stage + "_learning_rate", to.learning_rate);
  MultiStepRate steps;
  from.read(stage + "_milestones", steps.milestones);
  from.read(stage + "_factor", steps.factor);
  to.schedule = {.rate = std::move(steps)};
}

OneNet::OneNet(const MethodContext& context)
    : recipe_(context.spec.recipe), set_(context.set), learner_(context, "net", context.spec.recipe.epochs) {}

std::vector<Pass> OneNet::begin_epoch(int64_t /*epoch*/) { return {recipe_pass(recipe_)}; }

double OneNet::prepare(const Step& step, bool replayed) { return learner_.prepare(step.epoch, step, replayed); }

std::optional<std::string> OneNet::phase_of_full_batches(const Step& step) const {
  if (!learner_.can_prepare() || step.batch().size() != recipe_.batch_size) return std::nullopt;
  return "train";
}

std::vector<Output> OneNet::predict(const torch::Tensor& images) { return {{"net", learner_.evaluate(images)}}; }

void OneNet::visit_state(StateVisitor& visitor) { learner_.visit_state(visitor); }

void OneNet::start_over(const MethodContext& context, const std::string& name) {
  learner_ = Learner(context, name, recipe_.epochs);
}

StepLog OneNet::descend(const Step& step, const torch::Tensor& logits, const torch::Tensor& cross_entropies,
                        const torch::Tensor& loss, std::optional<double> max_norm) {
  StepLog log = log_of(step, logits, cross_entropies, loss);
  log.learning_rate = learner_.minimise(loss, step.epoch, step, max_norm);
  return log;
}

StepLog OneNet::descend_at(double rate, const Step& step, const torch::Tensor& logits,
                           const torch::Tensor& cross_entropies, const torch::Tensor& loss) {
  StepLog log = log_of(step, logits, cross_entropies, loss);
  learner_.minimise_at(rate, loss);
  log.learning_rate = rate;
  return log;
}

}  // namespace nlb
