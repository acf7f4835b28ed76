#include "engine/runner.h"

#include <algorithm>

#include "analyses/analysis.h"
#include "datasets/indices.h"
#include "datasets/noise_inputs.h"
#include "engine/chain.h"
#include "engine/checkpoint.h"
#include "engine/clock.h"
#include "engine/guarded.h"
#include "engine/machine.h"
#include "engine/step_graphs.h"
#include "engine/train_log.h"
#include "facts/own_dataset.h"
#include "methods/registry.h"
#include "protocols/trainings.h"
#include "results/kept_files.h"
#include "training/evaluator.h"
#include "training/held_out.h"

namespace nlb {
namespace {

std::vector<int64_t> pick(const std::vector<int64_t>& values, const std::vector<int64_t>& index) {
  std::vector<int64_t> picked;
  picked.reserve(index.size());
  for (const int64_t i : index) picked.push_back(values[static_cast<size_t>(i)]);
  return picked;
}

bool reads_images(const std::vector<std::string>& kept) {
  return std::any_of(kept.begin(), kept.end(), [](const std::string& id) { return analysis_of(id).reads_images; });
}

/// One trial from its first or resumed epoch to its end.
class Run {
 public:
  Run(const RunTrial& command, TrainingData data, const RunnerEnvironment& environment);
  void go();

 private:
  void start_over();
  int64_t counted_from() const;
  void resume();
  void restore(Checkpoint checkpoint);
  void epochs();
  void train(int64_t epoch);
  void train_pass(int64_t epoch, int64_t number, const Pass& pass, int64_t images_in_epoch);
  void report_progress(int64_t epoch, int64_t images_in_epoch);
  void judge(int64_t epochs_done);
  std::vector<int64_t> count_correct(int64_t epochs_done);
  bool stop_wanted(int64_t epochs_done) const;
  void save(int64_t epochs_done);
  double wall_seconds() const;
  Timing timing_so_far() const;
  KeptSamples kept_samples() const;
  void analyse();
  void finish(TrialResult::Status status, const std::string& failure);

  const RunTrial& command_;
  const RunnerEnvironment& environment_;
  const Json class_;  ///< of this trial
  TrainingData data_;
  TrainingSet training_;
  EvaluationSet test_;
  std::optional<EvaluationSet> held_out_;
  std::optional<EvaluationSet> all_;  ///< every training image of the data set, where an analysis reads them
  std::unique_ptr<Method> method_;
  std::optional<StepGraphs> steps_;  ///< there once the method is
  TrainLog log_;
  std::optional<SelectedBits> selection_;  ///< there once the method is
  Chain state_chain_, count_chain_;
  Curves curves_;
  std::vector<int32_t> confusion_;
  CheckpointWriter writer_;
  Timing timing_;
  std::string started_ = utc_now();
  double began_ = seconds_now(), saved_ = seconds_now(), reported_ = 0;
  double epoch_began_ = 0;
  int64_t images_ = 0, epoch_images_ = 0, epoch_ = 0;
};

Run::Run(const RunTrial& command, TrainingData data, const RunnerEnvironment& environment)
    : command_(command),
      environment_(environment),
      class_(trial_class(environment.determinism_class, command.spec, environment.device, environment.type)),
      data_(std::move(data)),
      training_(data_, command.spec.recipe, command.spec.seeds.train, environment.device, environment.type),
      test_(data_.test_images(), pick(data_.dataset.test.labels, data_.test_index), command.spec.recipe.normalisation,
            environment.device, environment.type),
      log_(data_),
      state_chain_(command.id),
      count_chain_(command.id),
      writer_(command.checkpoint) {
  if (!data_.held_out_index.empty()) {
    held_out_.emplace(data_.held_out_images(), data_.held_out_labels, command.spec.recipe.normalisation,
                      environment.device, environment.type);
  }
  if (reads_images(command.keep)) {
    const auto& train = data_.dataset.train;
    all_.emplace(ImageReferences{train.images, counting(train.count)}, train.labels, command.spec.recipe.normalisation,
                 environment.device, environment.type);
  }
  data_.release_images();  // what lay in memory for them can be much
  start_over();
}

/// Epoch (1-based) from which on the selection rules count.
int64_t Run::counted_from() const {
  return 1 + last_training_begin(command_.spec, facts().methods.at(command_.spec.method.id), method_->epochs());
}

void Run::start_over() {
  log_ = TrainLog(data_);
  method_ =
      make_method({.spec = command_.spec, .set = training_, .device = environment_.device, .type = environment_.type});
  // Only what a method may see of the held-out part: nothing where its labels are clean.
  const auto& part = command_.spec.data.held_out;
  show_held_out(*method_, held_out_ && part && part->labels == HeldOutLabels::noisy ? &*held_out_ : nullptr);
  steps_.emplace(*method_, environment_.device, environment_.graphs);
  selection_.emplace(counted_from());
}

void Run::go() {
  resume();
  try {
    epochs();
  } catch (const TrialFailure& failure) {
    // The supervisor removes the checkpoint once it has the result: one still being written would come back after that.
    writer_.wait();
    finish(TrialResult::Status::failed, failure.what());
  }
}

void Run::resume() {
  Resume found = find_checkpoint(command_.checkpoint, command_.id, class_);
  if (found.checkpoint) {
    try {
      restore(std::move(*found.checkpoint));
    } catch (const InputError& error) {
      // Whole and ours, yet not of this program: what may be half loaded is built anew.
      found.refused = error.what();
      start_over();
    }
  }
  if (!found.refused.empty() && environment_.log) {
    environment_.log("checkpoint not used, the trial starts over: " + found.refused);
  }
  environment_.emit(Started{.id = command_.id,
                            .epochs = method_->epochs(),
                            .resumed_at = epoch_,
                            .noise = data_.noise,
                            .determinism_class = class_});
}

void Run::restore(Checkpoint checkpoint) {
  log_.load_samples(checkpoint.state);
  write_state(*method_, checkpoint.state);
  Problems problems;
  log_.load(JsonNode::parse(canonical_text(checkpoint.train_log), "checkpoint: train_log", problems));
  selection_ = SelectedBits::load(
      JsonNode::parse(canonical_text(checkpoint.selection), "checkpoint: selection", problems), counted_from());
  problems.throw_if_any();
  epoch_ = checkpoint.epochs_done;
  state_chain_ = Chain::from_hex(checkpoint.state_chain);
  count_chain_ = Chain::from_hex(checkpoint.count_chain);
  curves_ = std::move(checkpoint.curves);
  timing_ = checkpoint.timing;
  timing_.interrupted_at.push_back(epoch_);
  images_ = checkpoint.images;
  started_ = checkpoint.started;
}

void Run::epochs() {
  while (epoch_ < method_->epochs()) {
    train(epoch_);
    const int64_t done = epoch_ + 1;
    const bool last = done == method_->epochs();
    // The last epoch is always judged: the rule "last" needs it, whatever evaluate_every says.
    if (last || done % command_.spec.data.evaluate_every == 0) judge(done);
    epoch_ = done;
    // Nothing can be resumed behind the last epoch, so no checkpoint is written for it.
    if (last) break;
    if (stop_wanted(done)) {
      save(done);
      writer_.wait();
      environment_.emit(Stopped{.id = command_.id,
                                .epochs_done = done,
                                .state_chain = state_chain_.head(),
                                .count_chain = count_chain_.head()});
      return;
    }
    if (seconds_now() - saved_ >= command_.checkpoint_seconds) save(done);
  }
  writer_.wait();
  finish(TrialResult::Status::ok, "");
}

void Run::train(int64_t epoch) {
  const Stopwatch watch(timing_.train_seconds);
  epoch_began_ = seconds_now();
  epoch_images_ = 0;
  const std::vector<Pass> passes = method_->begin_epoch(epoch);
  int64_t images_in_epoch = 0;
  for (const Pass& pass : passes) {
    // The streams of a pass advance together: the first one says how long the pass is.
    const Stream& stream = pass.streams.front();
    const int64_t all = stream.samples ? static_cast<int64_t>(stream.samples->size()) : training_.size();
    // The last batch may be short or dropped, so neither bound alone is the number of images that are trained.
    images_in_epoch += std::min(all, training_.batches(stream) * stream.batch_size);
  }
  for (size_t i = 0; i < passes.size(); ++i) train_pass(epoch, static_cast<int64_t>(i), passes[i], images_in_epoch);
  method_->end_epoch(epoch);
  log_.end_epoch(epoch + 1);
}

void Run::train_pass(int64_t epoch, int64_t number, const Pass& pass, int64_t images_in_epoch) {
  Step step{
      .epoch = epoch, .pass = number, .number = 0, .count = training_.batches(pass.streams.front()), .batches = {}};
  for (; step.number < step.count; ++step.number) {
    step.batches.clear();
    for (const Stream& stream : pass.streams) step.batches.push_back(training_.batch(stream, epoch, step.number));
    log_.add(steps_->step(step));
    images_ += step.batch().size();
    epoch_images_ += step.batch().size();
    report_progress(epoch, images_in_epoch);
  }
}

void Run::report_progress(int64_t epoch, int64_t images_in_epoch) {
  // Reading the loss waits for the device, and a small net makes hundreds of steps in this time.
  constexpr double kLeastGap = 0.25;
  const double now = seconds_now();
  if (now - reported_ < kLeastGap) return;
  reported_ = now;
  environment_.emit(Progress{.id = command_.id,
                             .epoch = epoch,
                             .images = epoch_images_,
                             .images_in_epoch = images_in_epoch,
                             .loss = log_.latest_loss(),
                             .images_per_second = static_cast<double>(epoch_images_) / (now - epoch_began_)});
}

void Run::judge(int64_t epochs_done) {
  std::vector<int64_t> counts = count_correct(epochs_done);
  curves_.epoch.push_back(epochs_done);
  log_.take(curves_);
  // In the order of their names: the digest is over the numbers alone.
  for (const auto& [name, column] : curves_.train_counts) counts.push_back(column.back());
  count_chain_.extend(epochs_done, count_digest(counts));
  {
    const Stopwatch watch(timing_.chain_seconds);
    state_chain_.extend(epochs_done, state_digest(*method_));
  }
  curves_.seconds.push_back(wall_seconds());
  environment_.emit(Evaluated{.id = command_.id,
                              .epoch = epochs_done,
                              .test_correct = curves_.test_correct.front().back(),
                              .test_count = test_.size(),
                              .state_chain = state_chain_.head()});
}

/// Test, then held-out counts of every output; appended to the curves only when all of them could be made.
std::vector<int64_t> Run::count_correct(int64_t epochs_done) {
  const Stopwatch watch(timing_.evaluate_seconds);
  Evaluation tested = evaluate(*method_, test_, training_.classes());
  std::vector<int64_t> counts = tested.correct;
  const auto append = [](std::vector<std::vector<int64_t>>& columns, const std::vector<int64_t>& correct) {
    columns.resize(correct.size());
    for (size_t i = 0; i < correct.size(); ++i) columns[i].push_back(correct[i]);
  };
  if (held_out_) {
    const Evaluation held = evaluate(*method_, *held_out_, training_.classes());
    append(curves_.held_out_correct, held.correct);
    counts.insert(counts.end(), held.correct.begin(), held.correct.end());
  }
  append(curves_.test_correct, tested.correct);
  curves_.outputs = std::move(tested.outputs);
  selection_->add(tested.right, epochs_done);
  confusion_ = std::move(tested.confusion);
  return counts;
}

bool Run::stop_wanted(int64_t epochs_done) const {
  return (environment_.stop != nullptr && environment_.stop->load()) ||
         (command_.stop_after && epochs_done >= *command_.stop_after);
}

/// Only copies here: the writer works beside the training.
void Run::save(int64_t epochs_done) {
  if (command_.checkpoint.empty()) return;
  const Stopwatch watch(timing_.checkpoint_seconds);
  saved_ = seconds_now();
  Checkpoint checkpoint;
  checkpoint.trial = command_.id;
  checkpoint.determinism_class = class_;
  checkpoint.epochs_done = epochs_done;
  checkpoint.state_chain = state_chain_.head();
  checkpoint.count_chain = count_chain_.head();
  checkpoint.curves = curves_;
  checkpoint.timing = timing_so_far();
  checkpoint.images = images_;
  checkpoint.started = started_;
  checkpoint.train_log = log_.save();
  checkpoint.selection = selection_->save();
  std::vector<StateEntry> state = read_state(*method_);
  for (StateEntry& entry : log_.sample_state()) state.push_back(std::move(entry));
  writer_.start(std::move(checkpoint), state);
}

double Run::wall_seconds() const { return timing_.wall_seconds + seconds_now() - began_; }

Timing Run::timing_so_far() const {
  Timing timing = timing_;
  timing.wall_seconds = wall_seconds();
  if (timing.train_seconds > 0) timing.images_per_second = static_cast<double>(images_) / timing.train_seconds;
  timing.multiply_add_peak = environment_.multiply_add_peak;
  timing.peak_memory_bytes = std::max(timing.peak_memory_bytes, peak_memory_bytes(environment_.device));
  return timing;
}

/// Each training sample as the last step that saw it left it.
KeptSamples Run::kept_samples() const {
  const SampleStates& seen = log_.samples();
  return {.trial = command_.id,
          .has_score = log_.has_score(),
          .image = data_.train_index,
          .given = data_.given,
          .clean = data_.clean,
          .epoch = {seen.epoch.begin(), seen.epoch.end()},
          .predicted = {seen.predicted.begin(), seen.predicted.end()},
          .loss = {seen.loss.begin(), seen.loss.end()},
          .clean_score = {seen.score.begin(), seen.score.end()}};
}

void Run::analyse() {
  const EndedTrial trial = {
      .method = *method_, .training = training_, .images = all_ ? &*all_ : nullptr, .samples = [this] {
        return kept_samples();
      }};
  for (const auto& id : command_.keep) {
    analysis_of(id).write(trial, std::filesystem::path(command_.keep_folder) / kept_file(id).file);
  }
}

void Run::finish(TrialResult::Status status, const std::string& failure) {
  if (status == TrialResult::Status::ok) analyse();
  TrialResult result;
  result.status = status;
  result.failure = failure;
  // Counted from 1, as all epochs that people read.
  result.failure_epoch = status == TrialResult::Status::ok ? 0 : epoch_ + 1;
  result.state_chain = state_chain_.head();
  result.count_chain = count_chain_.head();
  result.determinism_class = class_;
  result.noise = data_.noise;
  result.final_counts = selection_->finish(curves_, test_.size(), held_out_ ? held_out_->size() : 0, confusion_);
  result.curves = std::move(curves_);
  result.timing = timing_so_far();
  result.started = started_;
  result.finished = utc_now();
  environment_.emit(Finished{.id = command_.id, .result = std::move(result)});
}

}  // namespace

void run_trial(const RunTrial& command, const RunnerEnvironment& environment) {
  guarded(command, environment, [&] {
    // Records are found by this id: another specification must never be stored under it.
    NLB_CHECK(trial_id(command.spec) == command.id, "the trial's id is not that of its specification");
    const auto set = dataset_facts(command.spec.data.dataset, command.own_dataset, facts());
    Dataset dataset = load_dataset(set, command.data_folder);
    const NoiseInputs inputs = load_noise_inputs(command.spec, facts(), command.data_folder);
    Run(command, make_training_data(command.spec, std::move(dataset), inputs), environment).go();
  });
}

void run_trial_on(const RunTrial& command, TrainingData data, const RunnerEnvironment& environment) {
  guarded(command, environment, [&] { Run(command, std::move(data), environment).go(); });
}

}  // namespace nlb
