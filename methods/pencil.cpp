#include "methods/pencil.h"

#include "core/error.h"
#include "core/text.h"
#include "training/losses.h"
#include "training/soft_targets.h"

namespace nlb {
namespace {

/// Class that a distribution holds for likeliest, and the probability it gives the given label.
void report_labels(StepLog& log, const torch::Tensor& label_logits, const torch::Tensor& labels) {
  log.corrected = label_logits.argmax(1);
  log.score = of_label(torch::softmax(label_logits, 1), labels);
}

}  // namespace

PencilOptions pencil_options(const Json& options) {
  const auto number = [&](const char* name) { return options.at(name).get<double>(); };
  const auto epoch = [&](const char* name) { return options.at(name).get<int64_t>(); };
  const bool as_written = options.at("compatibility").get<std::string>() == "probability";
  PencilOptions read{.alpha = number("alpha"),
                     .beta = number("beta"),
                     .lambda = number("lambda"),
                     .last_lambda = options.value("last_lambda", number("lambda")),
                     .initial_logit = number("initial_logit"),
                     .compatibility = as_written ? Compatibility::probability : Compatibility::softmax_again,
                     .correction_start_epoch = epoch("correction_start_epoch"),
                     .fine_tuning_start_epoch = epoch("fine_tuning_start_epoch"),
                     .fine_tuning = stage_schedule(options, "fine_tuning"),
                     .fine_tuning_learning_rate = number("fine_tuning_learning_rate")};
  if (read.fine_tuning_start_epoch < read.correction_start_epoch) {
    throw InputError("pencil: fine_tuning_start_epoch is " + std::to_string(read.fine_tuning_start_epoch) +
                     ", before correction_start_epoch, " + std::to_string(read.correction_start_epoch));
  }
  if (read.last_lambda > read.lambda) {
    throw InputError("pencil: last_lambda is " + shortest(read.last_lambda) + ", above lambda, " +
                     shortest(read.lambda) + "; it can only fall");
  }
  return read;
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
      options_(pencil_options(context.spec.method.options)),
      fine_tuning_(options_.fine_tuning, options_.fine_tuning_learning_rate, epochs()),
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
