#include "methods/nlnl.h"

#include "core/error.h"
#include "training/losses.h"
#include "training/options.h"
#include "training/soft_targets.h"

namespace nlb {
namespace {

constexpr const char* kTrainings[] = {"net", "pseudo1", "pseudo2"};

}  // namespace

void read(OptionReader& from, NlnlOptions& to) {
  from.read("complementary_labels", to.complementary_labels);
  from.read("complement_reduction", to.reduction,
            {{"sum", ComplementReduction::sum}, {"mean", ComplementReduction::mean}});
  from.read("least_complement", to.least_complement);
  from.read("history_epochs", to.history_epochs);
  from.read("negative_threshold", to.negative_threshold);
  from.read("positive_threshold", to.positive_threshold);
  from.read("selective_negative_start_epoch", to.selective_negative_start_epoch);
  from.read("selective_positive_start_epoch", to.selective_positive_start_epoch);
  from.read("pseudo1_start_epoch", to.pseudo1_start_epoch);
  from.read("pseudo2_start_epoch", to.pseudo2_start_epoch);
  read(from, "pseudo", to.pseudo);
}

// DEVIATION: a class without samples weighs 0 in every training. In the first one of the reference code it weighs
// infinity, which no sample ever meets.
torch::Tensor inverse_frequencies(const torch::Tensor& labels, const torch::Tensor& counted, int64_t classes,
                                  torch::ScalarType type) {
  const auto counts = one_hot(labels, classes, torch::kFloat64).mul(counted.unsqueeze(1)).sum(0);
  return torch::where(counts > 0, counts.max() / counts.clamp_min(1), torch::zeros_like(counts)).to(type);
}

torch::Tensor draw_complements(Key key, int64_t epoch, int64_t samples, int64_t draws, int64_t classes) {
  auto numbers = torch::empty({samples, draws}, torch::kInt64);
  auto* place = numbers.data_ptr<int64_t>();
  const auto others = static_cast<uint32_t>(classes - 1);
  for (int64_t i = 0; i < samples; ++i) {
    Words4 words{};
    for (int64_t d = 0; d < draws; ++d) {
      if (d % 4 == 0) {
        words = draw(key, static_cast<uint64_t>(epoch), static_cast<uint64_t>(i), static_cast<uint32_t>(d / 4));
      }
      *place++ = below(words.word[d % 4], others);
    }
  }
  return numbers;
}

torch::Tensor complement_counts(const torch::Tensor& numbers, const torch::Tensor& labels, int64_t classes,
                                torch::ScalarType type) {
  const auto complements = numbers + (numbers >= labels.unsqueeze(1)).to(torch::kInt64);
  return (complements.unsqueeze(2) == torch::arange(classes, labels.options())).sum(1).to(type);
}

// By counts, not by gathering the draws: on the way back nothing adds up over repeated draws of one label.
torch::Tensor complementary_losses(const torch::Tensor& logits, const torch::Tensor& counts, double least) {
  return -(counts * torch::log((1 - torch::softmax(logits, 1)).clamp(least, 1))).sum(1);
}

// DEVIATION: where no sample of a batch is kept the loss is 0, so that momentum and weight decay alone move the
// weights; the reference code divides 0 by 0.
torch::Tensor negative_loss(const torch::Tensor& losses, const torch::Tensor& weights, const torch::Tensor& kept) {
  return (losses * weights * kept).sum() / kept.sum().clamp_min(1);
}

torch::Tensor positive_loss(const torch::Tensor& losses, const torch::Tensor& weights) {
  const auto total = weights.sum();
  return (losses * weights).sum() / torch::where(total > 0, total, torch::ones_like(total));
}

Nlnl::Nlnl(const MethodContext& context)
    : OneNet(context),
      context_(context),
      options_(options_of<NlnlOptions>(context)),
      pseudo_schedule_(options_.pseudo.schedule, options_.pseudo.learning_rate, epochs()),
      key_(context.train_key("method:nlnl")),
      weights_(inverse_frequencies(set().labels(), torch::ones_like(set().labels(), torch::kBool), set().classes(),
                                   context.type)
                   .index_select(0, set().labels())),
      history_(torch::zeros({options_.history_epochs, set().size(), set().classes()},
                            torch::TensorOptions(context.device).dtype(context.type))) {}

std::vector<Pass> Nlnl::begin_epoch(int64_t epoch) {
  if (epoch == options_.pseudo1_start_epoch) start_pseudo1();
  if (epoch == options_.pseudo2_start_epoch) start_pseudo2();
  if (epoch < options_.selective_positive_start_epoch) {
    numbers_ =
        draw_complements(key_, epoch, set().size(), options_.complementary_labels, set().classes()).to(context_.device);
  }
  return OneNet::begin_epoch(epoch);
}

void Nlnl::enter(int64_t training) {
  training_ = training;
  numbers_ = torch::Tensor();
  start_over(context_, kTrainings[training]);
}

void Nlnl::start_pseudo1() {
  const auto& labels = set().labels();
  const auto kept = of_label(history_.mean(0), labels) >= options_.positive_threshold;
  if (!kept.any().item<bool>()) {
    throw TrialFailure("no sample's given label reaches positive_threshold, so pseudo 1 has nothing to learn");
  }
  weights_ = inverse_frequencies(labels, kept, set().classes(), context_.type).index_select(0, labels) * kept;
  history_.zero_();
  enter(1);
}

void Nlnl::start_pseudo2() {
  targets_ = history_.mean(0);
  const auto found = targets_.argmax(1);
  weights_ = inverse_frequencies(found, torch::ones_like(found, torch::kBool), set().classes(), context_.type)
                 .index_select(0, found);
  history_ = torch::Tensor();
  enter(2);
}

StepLog Nlnl::step(const Step& step) {
  if (training_ == 2) return pseudo2_step(step);
  if (training_ == 1) return pseudo1_step(step);
  if (step.epoch >= options_.selective_positive_start_epoch) return positive_step(step);
  return negative_step(step);
}

torch::Tensor Nlnl::confidence(const Batch& batch) const {
  return of_label(history_.index_select(1, batch.index).mean(0), batch.labels);
}

void Nlnl::remember(const Step& step, const torch::Tensor& logits) {
  // Of the training pass itself, before its update: augmented, with the batch's own statistics.
  history_.select(0, step.epoch % options_.history_epochs)
      .index_copy_(0, step.batch().index, torch::softmax(logits.detach(), 1));
}

StepLog Nlnl::negative_step(const Step& step) {
  const Batch& batch = step.batch();
  const bool selective = step.epoch >= options_.selective_negative_start_epoch;
  const double least = options_.negative_threshold / static_cast<double>(set().classes());
  const auto confident = confidence(batch);
  const auto kept = selective ? confident >= least : torch::ones_like(batch.labels, torch::kBool);
  const auto logits = learner().forward(batch.images());
  const auto counts =
      complement_counts(numbers_.index_select(0, batch.index), batch.labels, set().classes(), logits.scalar_type());
  const auto sums = complementary_losses(logits, counts, options_.least_complement);
  const bool mean = options_.reduction == ComplementReduction::mean;
  const auto losses = mean ? sums / options_.complementary_labels : sums;
  remember(step, logits);
  StepLog log = descend(step, logits, cross_entropy(logits, batch.labels),
                        negative_loss(losses, weights_.index_select(0, batch.index), kept));
  if (!selective) return log;
  log.selected = kept;
  log.score = confident;
  return log;
}

StepLog Nlnl::positive_step(const Step& step) {
  const Batch& batch = step.batch();
  const auto confident = confidence(batch);
  const auto kept = confident >= options_.positive_threshold;
  const auto logits = learner().forward(batch.images());
  const auto losses = cross_entropy(logits, batch.labels);
  remember(step, logits);
  StepLog log = descend(step, logits, losses, positive_loss(losses, weights_.index_select(0, batch.index) * kept));
  log.selected = kept;
  log.score = confident;
  return log;
}

StepLog Nlnl::pseudo1_step(const Step& step) {
  const Batch& batch = step.batch();
  const auto weights = weights_.index_select(0, batch.index);
  const auto logits = learner().forward(batch.images());
  const auto losses = cross_entropy(logits, batch.labels);
  remember(step, logits);
  const double rate = pseudo_schedule_.rate(step.epoch - options_.pseudo1_start_epoch, step.number, step.count);
  StepLog log = descend_at(rate, step, logits, losses, positive_loss(losses, weights));
  log.selected = weights > 0;
  return log;
}

StepLog Nlnl::pseudo2_step(const Step& step) {
  const Batch& batch = step.batch();
  const auto targets = targets_.index_select(0, batch.index);
  const auto logits = learner().forward(batch.images());
  const double rate = pseudo_schedule_.rate(step.epoch - options_.pseudo2_start_epoch, step.number, step.count);
  StepLog log = descend_at(rate, step, logits, cross_entropy(logits, batch.labels),
                           (soft_cross_entropy(logits, targets) * weights_.index_select(0, batch.index)).mean());
  log.corrected = targets.argmax(1);
  log.score = of_label(targets, batch.labels);
  return log;
}

void Nlnl::visit_state(StateVisitor& visitor) {
  int64_t training = training_;
  visitor.integer("training", training);  // first: loading into a new method, it says which network follows
  if (training != training_) {
    if (training < 0 || training >= std::ssize(kTrainings)) throw InputError("saved state has an unknown training");
    enter(training);
    if (training == 2) {
      targets_ = history_.select(0, 0).clone();
      history_ = torch::Tensor();
    }
  }
  OneNet::visit_state(visitor);
  visitor.tensor("weights", weights_);
  if (history_.defined()) visitor.tensor("history", history_);
  if (targets_.defined()) visitor.tensor("targets", targets_);
}

}  // namespace nlb
