#include "cli/own_files.h"

#include <algorithm>
#include <cmath>

#include "cli/table_text.h"
#include "core/text.h"
#include "datasets/data_needs.h"

namespace nlb {
namespace {

/// Given and clean labels of the rows of one part whose both labels are there.
NoiseEstimate estimate_of(const LabelTable& table, bool test) {
  std::vector<int64_t> given, clean;
  for (const auto& row : table.rows) {
    if (row.test != test || row.suspect) continue;
    given.push_back(row.label);
    clean.push_back(row.clean);
  }
  return estimate_noise(given, clean, std::ssize(table.class_names));
}

Corrections corrections_of(const LabelTable& table) {
  Corrections found;
  for (const auto& row : table.rows) {
    if (row.test) continue;
    ++found.training_rows;
    if (row.clean == kUnknownLabel) continue;
    const int64_t wrong = row.label != row.clean ? 1 : 0;
    found.corrected += wrong;
    if (!row.suspect) continue;
    ++found.checked;
    found.wrong += wrong;
  }
  return found;
}

Corrections corrections_of(const Dataset& dataset) {
  Corrections found{.training_rows = std::ssize(dataset.given)};
  for (size_t i = 0; i < dataset.given.size(); ++i) {
    const int64_t known = dataset.train.labels[i],
                  targeted = dataset.targeted.empty() ? kUnknownLabel : dataset.targeted[i];
    const auto wrong = [&](int64_t clean) { return clean != kUnknownLabel && clean != dataset.given[i] ? 1 : 0; };
    found.checked += targeted != kUnknownLabel ? 1 : 0;
    found.wrong += wrong(targeted);
    found.corrected += wrong(targeted) + wrong(known);
  }
  return found;
}

std::vector<std::string> correction_lines(const Corrections& found, const NoiseEstimate& estimate) {
  if (found.checked == 0) return {};
  std::vector<std::string> lines = {std::to_string(found.checked) +
                                    " labels were checked because they looked wrong: " + std::to_string(found.wrong) +
                                    " are; they are corrected, and left out of the estimate above"};
  if (estimate.checked == 0) return lines;
  lines.push_back("with all " + std::to_string(found.corrected) + " known wrong labels corrected, about " +
                  fixed(100 * found.rate_after(estimate), 1) + " % of the " + std::to_string(found.training_rows) +
                  " training labels stay wrong");
  return lines;
}

Json number_or_null(double value) { return std::isnan(value) ? Json(nullptr) : Json(value); }

}  // namespace

OwnLabels inspect_own_labels(const std::string& file, const std::vector<Protocol>& protocols) {
  constexpr size_t kNearest = 3;
  LineProblems problems(file);
  OwnLabels labels;
  labels.table = read_label_table(file, problems);
  problems.throw_if_any();
  labels.estimate = estimate_of(labels.table);
  labels.corrections = corrections_of(labels.table);
  if (labels.estimate.checked > 0) labels.near = nearest_settings(labels.estimate, protocols, facts(), kNearest);
  return labels;
}

std::vector<std::string> lines_of(const OwnLabels& labels) {
  const auto& table = labels.table;
  std::vector<std::string> lines = {table.file + ": own labels, " + std::to_string(table.count(false)) +
                                    " training and " + std::to_string(table.count(true)) + " test rows of " +
                                    std::to_string(table.class_names.size()) + " classes"};
  for (auto& line : estimate_lines(labels.estimate, table.class_names)) lines.push_back(std::move(line));
  for (auto& line : correction_lines(labels.corrections, labels.estimate)) lines.push_back(std::move(line));
  for (auto& line : near_lines(labels.near)) lines.push_back(std::move(line));
  for (const auto& note : table.notes) lines.push_back("note: " + note);
  return lines;
}

Json json_of(const OwnLabels& labels) {
  const auto& table = labels.table;
  const auto& estimate = labels.estimate;
  const auto interval = estimate.rate_interval();
  Json near = Json::array();
  for (const auto& one : labels.near) {
    near.push_back({{"protocol", one.protocol},
                    {"group", one.group},
                    {"setting", one.setting},
                    {"rate", one.rate},
                    {"concentration", number_or_null(one.concentration)}});
  }
  Json notes = table.notes;
  for (const auto& doubt : estimate_doubts(estimate, table.class_names)) notes.push_back(doubt);
  return {{"file", table.file},
          {"kind", "own labels"},
          {"training_rows", table.count(false)},
          {"test_rows", table.count(true)},
          {"class_names", table.class_names},
          {"notes", notes},
          {"checked", estimate.checked},
          {"wrong", estimate.wrong},
          {"rate_interval", {interval.low, interval.high}},
          {"counts", estimate.counts},
          {"concentration", number_or_null(estimate.concentration())},
          {"suspects_checked", labels.corrections.checked},
          {"suspects_wrong", labels.corrections.wrong},
          {"nearest", near}};
}

OwnData read_own_data(const OwnFiles& files, const std::vector<int64_t>& image) {
  OwnData data;
  if (files.labels.empty()) {
    data.set = read_idx_folder(files.folder, image);
    const auto& dataset = data.set.dataset;
    data.estimate = estimate_noise(dataset.given, dataset.train.labels, dataset.classes);
    data.corrections = corrections_of(dataset);
    return data;
  }
  LineProblems problems(files.labels);
  const auto table = read_label_table(files.labels, problems);
  if (!table.rows.empty()) check_splits(table, problems);
  data.set = read_image_folder(table, files.folder, image, problems, files.leave_out_unreadable);
  problems.throw_if_any();
  data.estimate = estimate_of(table);
  data.corrections = corrections_of(table);
  return data;
}

double Corrections::rate_after(const NoiseEstimate& estimate) const {
  const auto rows = static_cast<double>(training_rows);
  return rows == 0 ? 0 : std::max(0.0, estimate.rate() - static_cast<double>(corrected) / rows);
}

NoiseEstimate estimate_of(const LabelTable& table) {
  auto estimate = estimate_of(table, false);
  return estimate.checked > 0 ? estimate : estimate_of(table, true);
}

std::vector<std::string> own_data_lines(const OwnData& data) {
  const auto& dataset = data.set.dataset;
  std::vector<TextRow> rows = {{"class", "train", "clean label known", "test"}};
  const auto count = [](const std::vector<int64_t>& labels, int64_t wanted) {
    return std::to_string(std::count(labels.begin(), labels.end(), wanted));
  };
  for (int64_t c = 0; c < dataset.classes; ++c) {
    rows.push_back({dataset.class_names[static_cast<size_t>(c)], count(dataset.given, c),
                    count(dataset.train.labels, c), count(dataset.test.labels, c)});
  }
  std::vector<std::string> lines = split(aligned(rows), '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  for (auto& line : estimate_lines(data.estimate, dataset.class_names)) lines.push_back(std::move(line));
  for (auto& line : correction_lines(data.corrections, data.estimate)) lines.push_back(std::move(line));
  for (const auto& note : data.set.notes) lines.push_back("note: " + note);
  for (const auto& remark : class_remarks(class_counts(dataset))) lines.push_back("note: " + remark);
  if (const auto words = left_out_words(data.set); !words.empty()) lines.push_back("note: " + words);
  return lines;
}

std::string left_out_words(const OwnSet& set) {
  const int64_t count = set.left_out_train + set.left_out_test;
  if (count == 0) return "";
  return std::to_string(count) + (count == 1 ? " unreadable image was" : " unreadable images were") + " left out (" +
         std::to_string(set.left_out_train) + " training, " + std::to_string(set.left_out_test) + " test)";
}

}  // namespace nlb
