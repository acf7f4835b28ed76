// tests/support/made_records.h -- results and records with every field filled, without training: what the tests of
// records and reports read.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "protocols/plan.h"
#include "results/store.h"

namespace nlb::test {

inline constexpr int64_t kMadeTest = 1000, kMadeClasses = 10;

/// Test images right at each evaluation, of kMadeTest; epoch e is evaluation e. Two outputs, no held-out part.
inline TrialResult made_result(const std::vector<int64_t>& correct) {
  const auto evaluations = correct.size();
  const std::vector<double> numbers(evaluations, 0.125);
  TrialResult result;
  result.state_chain = std::string(64, 'a');
  result.count_chain = std::string(64, 'b');
  result.determinism_class = {
      {"compiler", "g++ 12.2.0"}, {"cpu", "a processor"}, {"libtorch", "2.11.0"}, {"threads", "1"}};
  result.noise = NoiseSummary{.digest = std::string(64, 'c'),
                              .requested_rate = 0.4,
                              .effective_rate = 0.36,
                              .changed = 18'000,
                              .count = 50'000,
                              .matrix = std::vector<int64_t>(kMadeClasses * kMadeClasses, 4567),
                              .classes = kMadeClasses};
  auto& curves = result.curves;
  for (size_t e = 0; e < evaluations; ++e) curves.epoch.push_back(static_cast<int64_t>(e) + 1);
  curves.outputs = {"ensemble", "net 1"};
  curves.test_correct = {correct, correct};
  curves.train_counts = {{"seen_clean", std::vector<int64_t>(evaluations, 32'000)},
                         {"clean_fit", std::vector<int64_t>(evaluations, 16'000)}};
  curves.detection = {{"auroc", numbers}};
  if (evaluations > 0) curves.detection["auroc"].front() = std::numeric_limits<double>::quiet_NaN();
  curves.detection_score = "loss";
  curves.losses = {{"loss", numbers}};
  curves.learning_rate = curves.seconds = numbers;
  auto& counts = result.final_counts;
  counts.test_count = kMadeTest;
  for (size_t e = 0; e < evaluations; ++e) {
    counts.last = correct[e];
    if (e + 10 >= evaluations) counts.last_ten.push_back(correct[e]);
    if (correct[e] > counts.best_on_test) {
      counts.best_on_test = correct[e];
      counts.best_on_test_epoch = curves.epoch[e];
    }
  }
  counts.last_bits = counts.best_bits = std::vector<uint8_t>(kMadeTest / 8, 0x5A);
  counts.mean_last_10 = std::vector<uint8_t>(kMadeTest, 7);
  counts.confusion = std::vector<int32_t>(kMadeClasses * kMadeClasses, 10);
  counts.classes_never_predicted = 0;
  result.timing = {.wall_seconds = 12345.678901234567,
                   .train_seconds = 12000.5,
                   .evaluate_seconds = 300.25,
                   .checkpoint_seconds = 40.125,
                   .chain_seconds = 4.5,
                   .images_per_second = 1210.7506453258875,
                   .peak_memory_bytes = 123'456'789,
                   .interrupted_at = {2}};
  result.started = "2026-11-20T10:00:00Z";
  result.finished = "2026-11-21T13:17:58Z";
  return result;
}

inline TrialResult made_failure(const std::string& message, int64_t epoch) {
  TrialResult result = made_result({});
  result.final_counts = {};
  result.status = TrialResult::Status::failed;
  result.failure = message;
  result.failure_epoch = epoch;
  return result;
}

inline Record made_record(const Trial& trial, TrialResult result) {
  Record record;
  record.trial = trial.id;
  record.spec = trial.spec;
  record.sources = trial.sources;
  record.use = trial.uses.front();
  record.build = {.version = "0.1.0", .commit = std::string(40, 'd'), .dirty = false};
  record.machine = {.cpu = "a processor", .gpu = "", .system = "Linux", .cores = 2, .memory_bytes = 24'000'000'000};
  record.result = std::move(result);
  return record;
}

/// The trial of one place.
inline Trial trial_at(const Protocol& protocol, const std::string& group, const std::string& row,
                      const std::string& setting, const std::string& seed, const Facts& known = facts()) {
  const auto& place = protocol.group(group);
  for (const auto& entry : protocol.seeds) {
    if (entry.name != seed) continue;
    auto trial = resolve_trial(protocol, place, place.row(row), place.setting(setting), entry, known);
    trial.uses = {{protocol.id, group, row, setting, seed}};
    return trial;
  }
  throw InternalError("no seed " + seed);
}

}  // namespace nlb::test
