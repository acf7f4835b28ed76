#include "engine/train_log.h"

#include <cmath>
#include <limits>

#include "core/error.h"

namespace nlb {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

template <typename T>
std::vector<T> to_host(const std::vector<torch::Tensor>& parts, torch::ScalarType type) {
  if (parts.empty()) return {};
  // One copy per epoch and column: a copy per step would wait for the device each time.
  const auto whole = torch::cat(parts).to(torch::kCPU, type).contiguous();
  const T* values = whole.const_data_ptr<T>();
  return {values, values + whole.numel()};
}

/// Adds `value` as the newest element of a column that may be younger than the curves: the gap before it is `missing`.
template <typename T>
void append(std::vector<T>& column, size_t rows, T value, T missing) {
  column.resize(rows - 1, missing);
  column.push_back(value);
}

}  // namespace

/// An epoch's steps side by side on the host. Steps of one epoch may differ in what they report (two stages); only a
/// report on every sample can be matched, else the column is empty.
struct TrainLog::StepColumns {
  std::vector<int64_t> index, predicted, corrected;
  std::vector<uint8_t> selected;
  std::vector<float> loss, score;
};

TrainLog::StepColumns TrainLog::bring_over(const std::vector<StepLog>& steps) {
  std::vector<torch::Tensor> index, predicted, loss, selected, corrected, score;
  for (const StepLog& step : steps) {
    index.push_back(step.index);
    predicted.push_back(step.predicted);
    loss.push_back(step.sample_loss);
    if (step.selected) selected.push_back(*step.selected);
    if (step.corrected) corrected.push_back(*step.corrected);
    if (step.score) score.push_back(*step.score);
  }
  StepColumns all{.index = to_host<int64_t>(index, torch::kInt64),
                  .predicted = to_host<int64_t>(predicted, torch::kInt64),
                  .corrected = to_host<int64_t>(corrected, torch::kInt64),
                  .selected = to_host<uint8_t>(selected, torch::kUInt8),
                  .loss = to_host<float>(loss, torch::kFloat32),
                  .score = to_host<float>(score, torch::kFloat32)};
  if (all.selected.size() != all.index.size()) all.selected.clear();
  if (all.corrected.size() != all.index.size()) all.corrected.clear();
  if (all.score.size() != all.index.size()) all.score.clear();
  return all;
}

TrainLog::TrainLog(const TrainingData& data) : data_(&data) {
  const auto size = static_cast<size_t>(data.size());
  constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
  samples_ = {.epoch = std::vector<int32_t>(size, 0),
              .predicted = std::vector<int32_t>(size, -1),
              .loss = std::vector<float>(size, kNone),
              .score = std::vector<float>(size, kNone)};
}

void TrainLog::add(StepLog log) { steps_.push_back(std::move(log)); }

double TrainLog::latest_loss() const {
  if (steps_.empty() || steps_.back().losses.empty()) return kNaN;
  return steps_.back().losses.front().second.item<double>();
}

void TrainLog::end_epoch(int64_t epoch) {
  // Losses first: one that is not finite ends the trial before anything of this epoch is kept.
  fold_losses();
  const StepColumns all = bring_over(steps_);
  keep_samples(all, epoch);
  // A trial that reads no noisy label serves every noise level, so it has no right and wrong labels to count.
  if (data_->noise) {
    count_fits(all);
    count_choices(all);
    detect(all);
  }
  steps_.clear();
}

void TrainLog::fold_losses() {
  std::map<std::string, std::vector<torch::Tensor>> values;
  for (const StepLog& step : steps_) {
    for (const auto& [name, value] : step.losses) values[name].push_back(value.reshape({1}));
    learning_rate_ = step.learning_rate;
  }
  for (const auto& [name, parts] : values) {
    LossSum& total = losses_[name];
    for (const double value : to_host<double>(parts, torch::kFloat64)) {
      if (!std::isfinite(value)) throw TrialFailure(name + " became " + (std::isnan(value) ? "NaN" : "infinite"));
      total.sum += value;
      ++total.steps;
    }
  }
}

void TrainLog::keep_samples(const StepColumns& all, int64_t epoch) {
  for (size_t i = 0; i < all.index.size(); ++i) {
    const auto at = static_cast<size_t>(all.index[i]);
    // Steps come in order, so what a sample's last step said is what stays.
    samples_.epoch[at] = static_cast<int32_t>(epoch);
    samples_.predicted[at] = static_cast<int32_t>(all.predicted[i]);
    samples_.loss[at] = all.loss[i];
    samples_.score[at] = all.score.empty() ? std::numeric_limits<float>::quiet_NaN() : all.score[i];
  }
  detection_score_ = all.score.empty() ? "loss" : "score";
}

void TrainLog::detect(const StepColumns& all) {
  std::vector<float> suspicion;
  std::vector<uint8_t> wrong;
  for (size_t i = 0; i < all.index.size(); ++i) {
    const auto at = static_cast<size_t>(all.index[i]);
    if (data_->clean[at] == kUnknownLabel) continue;
    wrong.push_back(data_->given[at] != data_->clean[at] ? 1 : 0);
    // A score grows with the chance that the label is clean; suspicion is the opposite.
    suspicion.push_back(all.score.empty() ? all.loss[i] : -all.score[i]);
  }
  detection_ = detect_wrong_labels(suspicion, wrong);
}

void TrainLog::count_fits(const StepColumns& all) {
  int64_t seen[2] = {}, fit_given[2] = {}, fit_clean = 0;  // [rightly labelled, wrongly labelled]
  for (size_t i = 0; i < all.index.size(); ++i) {
    const auto at = static_cast<size_t>(all.index[i]);
    if (data_->clean[at] == kUnknownLabel) continue;
    const size_t wrong = data_->given[at] != data_->clean[at] ? 1 : 0;
    ++seen[wrong];
    fit_given[wrong] += all.predicted[i] == data_->given[at] ? 1 : 0;
    fit_clean += wrong != 0 && all.predicted[i] == data_->clean[at] ? 1 : 0;
  }
  counts_["seen_clean"] += seen[0];
  counts_["seen_wrong"] += seen[1];
  counts_["clean_fit"] += fit_given[0];
  counts_["wrong_fit_given"] += fit_given[1];
  counts_["wrong_fit_clean"] += fit_clean;
}

void TrainLog::count_choices(const StepColumns& all) {
  for (size_t i = 0; i < all.selected.size(); ++i) {
    const auto at = static_cast<size_t>(all.index[i]);
    if (data_->clean[at] == kUnknownLabel) continue;
    const bool wrong = data_->given[at] != data_->clean[at];
    counts_["selected_clean"] += all.selected[i] != 0 && !wrong ? 1 : 0;
    counts_["selected_wrong"] += all.selected[i] != 0 && wrong ? 1 : 0;
  }
  for (size_t i = 0; i < all.corrected.size(); ++i) {
    const auto at = static_cast<size_t>(all.index[i]);
    if (data_->clean[at] == kUnknownLabel) continue;
    const bool moved = all.corrected[i] != data_->given[at], right = all.corrected[i] == data_->clean[at];
    counts_["corrected_right"] += moved && right ? 1 : 0;
    counts_["corrected_wrong"] += moved && !right ? 1 : 0;
  }
}

void TrainLog::take(Curves& curves) {
  const size_t rows = curves.epoch.size();
  // Makes the column of a count that occurs for the first time; append fills the evaluations before it.
  for (const auto& [name, value] : counts_) curves.train_counts[name];
  for (auto& [name, column] : curves.train_counts) append(column, rows, counts_[name], int64_t{0});
  for (const auto& [name, total] : losses_) curves.losses[name];
  for (auto& [name, column] : curves.losses) {
    const LossSum& total = losses_[name];
    append(column, rows, total.steps > 0 ? total.sum / static_cast<double>(total.steps) : kNaN, kNaN);
  }
  curves.learning_rate.push_back(learning_rate_);
  if (data_->noise && data_->noise->changed > 0) {
    append(curves.detection["auroc"], rows, detection_.auroc, kNaN);
    append(curves.detection["average_precision"], rows, detection_.average_precision, kNaN);
    append(curves.detection["recall_at_wrong"], rows, detection_.recall_at_wrong, kNaN);
    curves.detection_score = detection_score_;
  }
  counts_.clear();
  losses_.clear();
}

Json TrainLog::save() const {
  Json losses = Json::object();
  for (const auto& [name, total] : losses_) losses[name] = {{"sum", total.sum}, {"steps", total.steps}};
  return {{"counts", counts_}, {"losses", losses}, {"learning_rate", learning_rate_}};
}

std::vector<StateEntry> TrainLog::sample_state() {
  const auto entry = [](const char* name, auto& column, torch::ScalarType type) {
    // A view of the vector itself: saving copies out of it, load_samples copies into it.
    return StateEntry{name, torch::from_blob(column.data(), {std::ssize(column)}, type)};
  };
  return {entry("samples/epoch", samples_.epoch, torch::kInt32),
          entry("samples/predicted", samples_.predicted, torch::kInt32),
          entry("samples/loss", samples_.loss, torch::kFloat32),
          entry("samples/score", samples_.score, torch::kFloat32)};
}

void TrainLog::load_samples(std::map<std::string, torch::Tensor>& saved) {
  for (StateEntry& entry : sample_state()) {
    const auto found = saved.find(entry.name);
    if (found == saved.end()) throw InputError("saved state does not hold " + entry.name);
    if (found->second.sizes() != entry.value.sizes()) throw InputError(entry.name + " is of another size");
    entry.value.copy_(found->second);
    saved.erase(found);
  }
}

void TrainLog::load(const JsonNode& node) {
  ObjectReader reader(node);
  for (const auto& [name, value] : reader.at("counts").members()) counts_[name] = value.integer();
  for (const auto& [name, value] : reader.at("losses").members()) {
    ObjectReader total(value);
    losses_[name] = {.sum = total.number("sum"), .steps = total.integer("steps", 0)};
    total.close();
  }
  learning_rate_ = reader.number("learning_rate");
  reader.close();
}

}  // namespace nlb
