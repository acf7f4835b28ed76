// results/imported.h -- what came from elsewhere: predictions scored here, and bare numbers. They lie in
// results/imported/<digest>.json, apart from the records of trials that ran here. docs/own_method.md.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "results/manifest.h"
#include "results/record.h"

namespace nlb {

inline constexpr int kImportedSchema = 1;

/// Test predictions by epoch, oldest first; a single entry without epochs gives the rule last alone.
struct Predictions {
  std::vector<std::vector<int64_t>> by_epoch;  ///< [epochs][test images] classes
  bool has_epochs = false;
};

/// Scores of a method that ran elsewhere. The training is not verified; the labels it was given are, by digest.
struct ImportedScores {
  Manifest manifest;  ///< filled
  std::string predictions_digest;
  Build build;  ///< that scored them
  std::optional<NoiseSummary> noise;
  Curves curves;  ///< test_correct of one output, "predictions"
  FinalCounts counts;
  std::string digest;  ///< of its file
};

/// Numbers somebody reports without predictions: never ranked, never bold.
struct ImportedNumber {
  std::string column, rule, printed;  ///< digits as printed: "91.2", "91.2±0.3"
  std::optional<int> runs;
};
struct ImportedNumbers {
  std::string protocol, group, method, link, network;
  std::optional<int64_t> epochs;
  std::string extra_data;
  std::vector<ImportedNumber> values;
  std::string digest;
};

/// labels: [test images] in [0, classes). Counts as of a trial's evaluations; last_ten stays empty without epochs.
FinalCounts score(const Predictions& predictions, std::span<const int64_t> labels, int64_t classes);
Curves curves_of(const Predictions& predictions, std::span<const int64_t> labels);

/// Stores durably, unless the same is there already. Throws InputError naming the file when other predictions of one
/// method, setting and seed are there.
void store(const std::filesystem::path& results_folder, const ImportedScores& scores);
void store(const std::filesystem::path& results_folder, const ImportedNumbers& numbers);
/// The file a user writes for `import records`; all problems at once.
ImportedNumbers read_numbers(const std::string& text, const std::string& file);

struct Imports {
  std::vector<ImportedScores> scores;
  std::vector<ImportedNumbers> numbers;
  Problems problems;  ///< files left out: changed, cut off, of a newer schema
};
/// Of all folders; the same predictions in two of them count once.
Imports read_imports(const std::vector<std::filesystem::path>& results_folders);

}  // namespace nlb
