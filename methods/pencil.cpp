#include "methods/pencil.h"

#include "training/losses.h"
#include "training/options.h"
#include "training/soft_targets.h"

namespace nlb {
namespace {

/// Class that a distribution holds for likeliest, and the probability it gives the given label.
void report_labels(StepLog& log, const torch::Tensor& label_logits, const torch::Tensor& labels) {
  log.corrected = label_logits.argmax(1);
  log.score = of_label(torch::softmax(label_logits, 1), labels);
}

}  // namespace

void read(OptionReader& from, PencilOptions& to) {
  from.read("alpha", to.alpha);
  from.read("beta", to.beta);
  from.read("lambda", to.lambda);
  from.read("last_lambda", to.last_lambda);
  from.read("initial_logit", to.initial_logit);
  from.read("compatibility", to.compatibility,
            {{"probability", Compatibility::probability}, {"softmax_again", Compatibility::softmax_again}});
  from.read("correction_start_epoch", to.correction_start_epoch);
  from.read("fine_tuning_start_epoch", to.fine_tuning_start_epoch);
  read(from, "fine_tuning", to.fine_tuning);
}

double pencil_lambda(const PencilOptions& options, int64_t epoch) {
  const auto done = static_cast<double>(epoch - options.correction_start_epoch);
  const auto all = static_cast<double>(options.fine_tuning_start_epoch - options.correction_start_epoch);
  return options.lambda - (options.lambda - options.last_lambda) * done / all;
}

torch::Tensor pencil_divergence(const torch::Tensor& logits, const torch::Tensor& label_logits) {
  const auto log_predictions = torch::log_softmax(logits, 1);
  const auto log_labels = torch::log_softmax(label_logits, 1);
  return (log_predictions.exp() * (log_predictions - log_labels)).mean(1);
}

torch::Tensor pencil_compatibility(const torch::Tensor& label_logits, const torch::Tensor& labels,
                                   Compatibility compatibility) {
  const bool again = compatibility == Compatibility::softmax_again;
  return cross_entropy(again ? torch::softmax(label_logits, 1) : label_logits, labels).mean();
}

torch::Tensor pencil_loss(const torch::Tensor& logits, const torch::Tensor& label_logits, const torch::Tensor& labels,
                          const PencilOptions& options) {
  const double entropy_weight = options.beta / static_cast<double>(logits.size(1));
  return pencil_divergence(logits, label_logits).mean() +
         options.alpha * pencil_compatibility(label_logits, labels, options.compatibility) +
         entropy_weight * prediction_entropy(logits).mean();
}

// DEVIATION: every distribution starts at its given label. The reference code writes them batch by batch in the first
// stage into a table of zeros, where a sample of a dropped last batch would keep a uniform one.
Pencil::Pencil(const MethodContext& context)
    : OneNet(context),
      options_(options_of<PencilOptions>(context)),
      fine_tuning_(options_.fine_tuning.schedule, options_.fine_tuning.learning_rate, epochs()),
      label_logits_(options_.initial_logit * one_hot(set().labels(), set().classes(), context.type)) {}

StepLog Pencil::step(const Step& step) {
  if (step.epoch >= options_.fine_tuning_start_epoch) return fine_tune(step);
  if (step.epoch >= options_.correction_start_epoch) return correct(step);
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto losses = cross_entropy(logits, batch.labels);
  return descend(step, logits, losses, losses.mean());
}

StepLog Pencil::correct(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto old = label_logits_.index_select(0, batch.index);
  const auto label_logits = old.clone().requires_grad_(true);
  const auto loss = pencil_loss(logits, label_logits, batch.labels, options_);
  StepLog log = descend(step, logits, cross_entropy(logits, batch.labels), loss);
  report_labels(log, old, batch.labels);
  label_logits_.index_copy_(0, batch.index, old - pencil_lambda(options_, step.epoch) * label_logits.grad());
  return log;
}

StepLog Pencil::fine_tune(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto label_logits = label_logits_.index_select(0, batch.index);
  const double rate = fine_tuning_.rate(step.epoch, step.number, step.count);
  StepLog log = descend_at(rate, step, logits, cross_entropy(logits, batch.labels),
                           pencil_divergence(logits, label_logits).mean());
  report_labels(log, label_logits, batch.labels);
  return log;
}

void Pencil::visit_state(StateVisitor& visitor) {
  OneNet::visit_state(visitor);
  visitor.tensor("label_logits", label_logits_);
}

}  // namespace nlb
