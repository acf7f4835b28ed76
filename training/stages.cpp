#include "training/stages.h"

#include <algorithm>

#include "core/error.h"
#include "training/mean_cross_entropy.h"

namespace nlb {
namespace {

constexpr int64_t kSweepBatch = 500;

Pass pass_of(const RecipeSpec& recipe, const std::optional<std::vector<int64_t>>& samples) {
  Pass pass = recipe_pass(recipe);
  pass.streams.front().samples = samples;
  return pass;
}

/// Batches of an epoch. Throws TrialFailure where there is none.
int64_t batches_of(const TrainingSet& set, const RecipeSpec& recipe,
                   const std::optional<std::vector<int64_t>>& samples) {
  const int64_t batches = set.batches(pass_of(recipe, samples).streams.front());
  if (batches == 0) throw TrialFailure("no whole batch of " + std::to_string(recipe.batch_size) + " samples");
  return batches;
}

}  // namespace

Stages::Stages(const MethodContext& context, std::vector<Training> trainings, bool keeps_previous)
    : spec_(context.spec),
      set_(context.set),
      device_(context.device),
      type_(context.type),
      trainings_(std::move(trainings)),
      keeps_previous_(keeps_previous) {
  for (const Training& training : trainings_) batches_of(set_, recipe(), training.samples);
  enter(0);
}

int64_t Stages::epochs() const { return first_epoch(trainings_.size()); }

int64_t Stages::first_epoch(size_t stage) const {
  int64_t epochs = 0;
  for (size_t s = 0; s < stage; ++s) epochs += trainings_[s].epochs;
  return epochs;
}

size_t Stages::stage_of(int64_t epoch) const {
  size_t stage = 0;
  while (stage + 1 < trainings_.size() && epoch >= first_epoch(stage + 1)) ++stage;
  return stage;
}

std::unique_ptr<Learner> Stages::make_learner(size_t stage) const {
  const torch::AutoGradMode gradient(true);  // loading a checkpoint turns it off; parameters are leaves all the same
  const MethodContext context{.spec = spec_, .set = set_, .device = device_, .type = type_};
  return std::make_unique<Learner>(context, trainings_[stage].name, trainings_[stage].epochs);
}

void Stages::enter(int64_t stage) {
  stage_ = stage;
  auto next = make_learner(static_cast<size_t>(stage));
  if (trainings_[static_cast<size_t>(stage)].goes_on && learner_) {
    next->net().parameters().copy_from(learner_->net().parameters());
  }
  previous_ = keeps_previous_ ? std::move(learner_) : nullptr;
  learner_ = std::move(next);
}

std::vector<Pass> Stages::begin_epoch(int64_t epoch) {
  const size_t stage = stage_of(epoch);
  if (static_cast<int64_t>(stage) != stage_) {
    {
      const torch::NoGradGuard no_gradient;
      before_stage(stage);
    }
    enter(static_cast<int64_t>(stage));
  }
  return {pass_of(recipe(), trainings_[stage].samples)};
}

StepLog Stages::step(const Step& step) {
  const auto stage = static_cast<size_t>(stage_);
  const Trained trained = train(stage, step.batch());
  StepLog log;
  log.index = trained.index;
  log.predicted = trained.logits.detach().argmax(1);
  log.sample_loss = trained.entropies.detach();
  log.corrected = trained.corrected;
  log.losses = {{"loss", trained.loss.detach()}};
  log.learning_rate = learner_->minimise(trained.loss, step.epoch - first_epoch(stage), step);
  return log;
}

std::vector<Output> Stages::predict(const torch::Tensor& images) { return {{"net", learner_->evaluate(images)}}; }

void Stages::visit_state(StateVisitor& visitor) {
  const int64_t built = stage_;
  visitor.integer("stage", stage_);
  if (stage_ != built) {  // loading: the tensors below are those of the saved stage
    if (stage_ < 0 || stage_ >= std::ssize(trainings_)) throw InputError("saved state has an unknown stage");
    learner_ = keeps_previous_ && stage_ > 0 ? make_learner(static_cast<size_t>(stage_ - 1)) : nullptr;
    enter(stage_);
  }
  learner_->visit_state(visitor);
  if (previous_) previous_->visit_state(visitor);
}

Stages::Trained Stages::train_on_labels(const Batch& batch) {
  const auto logits = learner_->forward(batch.images());
  const auto [entropies, mean] = mean_cross_entropy(logits, batch.labels);
  return {.index = batch.index, .logits = logits, .entropies = entropies, .loss = mean};
}

torch::Tensor Stages::probabilities(const std::vector<int64_t>* samples) {
  std::vector<torch::Tensor> rows;
  set_.for_each(
      kSweepBatch, [&](const Batch& batch) { rows.push_back(torch::softmax(learner_->evaluate(batch.images()), 1)); },
      samples);
  return torch::cat(rows);
}

int64_t epochs_for_updates(const MethodContext& context, const std::vector<int64_t>& samples, int64_t least_epochs,
                           int64_t least_updates) {
  return std::max(least_epochs, 1 + least_updates / batches_of(context.set, context.spec.recipe, samples));
}

std::string second_training_name(SecondStageWeights weights, const std::string& first) {
  return weights == SecondStageWeights::first_initial ? first : "net";
}

}  // namespace nlb
