#include "methods/distillation_correction.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "training/apart.h"
#include "training/losses.h"
#include "training/options.h"
#include "training/soft_targets.h"
#include "training/transition.h"
#include "training/trusted.h"

namespace nlb {
namespace {

torch::Tensor shares(const torch::Tensor& labels, int64_t classes, double epsilon) {
  const auto counts = torch::bincount(labels.cpu(), {}, classes).to(torch::kFloat64) + epsilon;
  return counts / counts.sum();
}

std::vector<Training> trainings_of(const MethodContext& context, const DistillationOptions& options,
                                   const TrustedSplit& split) {
  const int64_t epochs = context.spec.recipe.epochs;
  return {{.name = "noisy", .epochs = epochs, .samples = untrusted_positions(context.set)},
          {.name = "teacher",
           .epochs = epochs_for_updates(context, split.teaching, epochs, options.teacher_minimum_updates),
           .samples = split.teaching},
          {.name = "net", .epochs = epochs, .samples = {}}};
}

TrustedSplit split_of(const MethodContext& context, const DistillationOptions& options) {
  if (options.measuring_samples) return split_trusted(context.set, *options.measuring_samples);
  return split_trusted(context.set, options.teacher_share, options.reshuffles,
                       context.train_key("method:distillation_correction"));
}

}  // namespace

double mean_precision(const torch::Tensor& predicted, const torch::Tensor& labels, int64_t classes, double epsilon) {
  const auto right = predicted.masked_select(predicted == labels).cpu();
  const auto hits = torch::bincount(right, {}, classes).to(torch::kFloat64);
  const auto all = torch::bincount(predicted.cpu(), {}, classes).to(torch::kFloat64);
  return (hits / (all + epsilon)).mean().item<double>();
}

double noisy_label_precision(const torch::Tensor& matrix, const torch::Tensor& clean, const torch::Tensor& noisy,
                             const PrecisionRules& rules) {
  const int64_t classes = matrix.size(0);
  const auto joint = matrix.to(torch::kCPU, torch::kFloat64).t() * shares(clean, classes, 0).unsqueeze(0);
  const auto given_noisy = joint / shares(noisy, classes, rules.epsilon).unsqueeze(1) + rules.epsilon;
  auto diagonal = given_noisy.diagonal();
  if (rules.normalises) diagonal = diagonal / given_noisy.sum(1);
  if (rules.leaves_out) diagonal = diagonal.masked_select(torch::bincount(noisy.cpu(), {}, classes) > 0);
  return diagonal.mean().item<double>();
}

TrustedSplit split_trusted(const TrainingSet& set, double share, int64_t attempts, Key key) {
  const std::vector<int64_t>& trusted = set.trusted();
  const auto count = static_cast<int64_t>(std::floor((1 - share) * static_cast<double>(trusted.size())));
  const auto labels = labels_of(set, trusted).cpu();
  for (int64_t attempt = 0; attempt < attempts; ++attempt) {
    const auto order = draw_permutation(key, static_cast<uint64_t>(attempt), std::ssize(trusted));
    TrustedSplit split;
    std::set<int64_t> classes;
    for (int64_t i = 0; i < std::ssize(order); ++i) {
      const int64_t drawn = order[static_cast<size_t>(i)];
      (i < count ? split.measuring : split.teaching).push_back(trusted[static_cast<size_t>(drawn)]);
      if (i < count) classes.insert(labels[drawn].item<int64_t>());
    }
    if (std::ssize(classes) < set.classes()) continue;
    std::sort(split.measuring.begin(), split.measuring.end());
    std::sort(split.teaching.begin(), split.teaching.end());
    return split;
  }
  throw TrialFailure("no draw of " + std::to_string(count) + " of " + std::to_string(trusted.size()) +
                     " trusted samples held every class");
}

TrustedSplit split_trusted(const TrainingSet& set, std::vector<int64_t> measuring) {
  std::set<int64_t> teaching(set.trusted().begin(), set.trusted().end());
  for (const int64_t sample : measuring) {
    if (teaching.erase(sample) == 1) continue;
    throw InputError("options: measuring_samples: sample " + std::to_string(sample) +
                     " is not trusted, or named twice");
  }
  std::sort(measuring.begin(), measuring.end());
  return {.teaching = {teaching.begin(), teaching.end()}, .measuring = std::move(measuring)};
}

void read(OptionReader& from, DistillationOptions& to) {
  from.read("teacher_share", to.teacher_share);
  from.read("teacher_minimum_updates", to.teacher_minimum_updates);
  from.read("reshuffles", to.reshuffles);
  from.read("measuring_samples", to.measuring_samples);
  from.read("label_weight", to.label_weight,
            {{"precision", LabelWeight::precision}, {"risk", LabelWeight::risk}, {"half", LabelWeight::half}});
  from.read("precision_epsilon", to.precision_epsilon);
  from.read("base_rate_epsilon", to.noisy_precision.epsilon);
  from.read("precision_rows", to.noisy_precision.normalises, {{"normalised", true}, {"as_they_are", false}});
  from.read("unlabelled_classes", to.noisy_precision.leaves_out, {{"kept", false}, {"left_out", true}});
  from.read("silver_term", to.silver_term_kept, {{"kept", true}, {"lost_beside_trusted", false}});
  from.read("trusted_pass", to.separate_passes, {{"joint", false}, {"separate", true}});
  from.read("divisor", to.divide_by_nominal, {{"samples", false}, {"nominal_batch", true}});
}

DistillationCorrection::DistillationCorrection(const MethodContext& context)
    : DistillationCorrection(context, options_of<DistillationOptions>(context)) {}

DistillationCorrection::DistillationCorrection(const MethodContext& context, const DistillationOptions& options)
    : DistillationCorrection(context, options, split_of(context, options)) {}

// DEVIATION: the authors' script first tries the trusted images in their own order, then reshuffles with the generator
// that drew the noise; here every attempt is a draw of the training seed, unless the options name the samples. The
// three trainings do not touch each other before the student, so that the teacher comes second here and first there
// moves nothing.
DistillationCorrection::DistillationCorrection(const MethodContext& context, const DistillationOptions& options,
                                               TrustedSplit split)
    : Stages(context, trainings_of(context, options, split), /*keeps_previous=*/true),
      options_(options),
      split_(std::move(split)),
      silver_(untrusted_positions(context.set)),
      trusted_(trusted_mask(context.set)),
      matrix_(torch::zeros({set().classes(), set().classes()}, tensor_options())) {}

void DistillationCorrection::before_stage(size_t stage) {
  if (stage == 1) {
    matrix_ = mean_rows(probabilities(&set().trusted()), labels_of(set(), set().trusted()));
    return;
  }
  const auto predicted = probabilities(&split_.measuring).argmax(1);
  label_weight_ = weight_of_label(
      mean_precision(predicted, labels_of(set(), split_.measuring), set().classes(), options_.precision_epsilon));
}

double DistillationCorrection::weight_of_label(double teacher_precision) const {
  if (options_.label_weight == LabelWeight::half) return 0.5;
  const double noisy = noisy_label_precision(matrix_, labels_of(set(), set().trusted()), labels_of(set(), silver_),
                                             options_.noisy_precision);
  const double precision = teacher_precision / (teacher_precision + noisy);
  return options_.label_weight == LabelWeight::precision ? precision : 1 - precision;
}

Stages::Trained DistillationCorrection::train(size_t stage, const Batch& batch) {
  return stage == 2 ? train_student(batch) : train_on_labels(batch);
}

/// [B, K], without gradient.
torch::Tensor DistillationCorrection::targets(const Batch& batch) {
  const torch::NoGradGuard no_gradient;
  const auto taught = torch::softmax(previous().evaluate(batch.images()), 1);
  const auto given = torch::one_hot(batch.labels, set().classes()).to(taught.scalar_type());
  return label_weight_ * given + (1 - label_weight_) * taught;
}

Stages::Trained DistillationCorrection::train_student(const Batch& whole) {
  auto wanted = targets(whole);
  auto index = whole.index, labels = whole.labels;
  torch::Tensor logits;
  if (options_.separate_passes && has_batch_statistics(learner())) {
    const auto parts = untrusted_first(whole, trusted_);
    for (auto* rows : {&wanted, &index, &labels}) *rows = rows->index_select(0, parts.order);
    logits = forward_apart(learner(), whole, parts);
  } else {
    logits = learner().forward(whole.images());
  }
  auto losses = soft_cross_entropy(logits, wanted);
  if (!options_.silver_term_kept) {
    const auto trusted = trusted_.index_select(0, index);
    losses = losses * trusted.logical_or(trusted.any().logical_not()).to(losses.scalar_type());
  }
  const bool nominal = options_.divide_by_nominal && whole.size() != recipe().batch_size;
  return {.index = index,
          .logits = logits,
          .entropies = cross_entropy(logits.detach(), labels),
          .loss = nominal ? losses.sum() / static_cast<double>(recipe().batch_size) : losses.mean(),
          .corrected = wanted.argmax(1)};
}

void DistillationCorrection::visit_state(StateVisitor& visitor) {
  Stages::visit_state(visitor);
  visitor.tensor("matrix", matrix_);
  visitor.number("label_weight", label_weight_);
}

}  // namespace nlb
