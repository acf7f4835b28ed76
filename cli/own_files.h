// cli/own_files.h -- a user's own images and labels as verbs take them: --dataset DIR and a CSV, or a folder of idx
// files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "datasets/own_set.h"
#include "reports/judging/noise_estimate.h"

namespace nlb {

struct OwnFiles {
  std::string folder;  ///< of images, or of idx files
  std::string labels;  ///< CSV; "" for idx files
  bool leave_out_unreadable = false;
};

/// What was found where somebody looked because a label looked wrong: it estimates nothing, but corrects labels.
struct Corrections {
  int64_t checked = 0, wrong = 0;  ///< of training rows picked as suspects
  int64_t corrected = 0;           ///< wrong labels of all checked training rows
  int64_t training_rows = 0;
  /// Share of labels that stay wrong once the known ones are corrected, if `estimate` holds for all labels as given.
  double rate_after(const NoiseEstimate& estimate) const;
};

struct OwnData {
  OwnSet set;
  NoiseEstimate estimate;  ///< as estimate_of
  Corrections corrections;
};

/// Over training rows picked at random whose clean label is known; over test rows where there are none.
NoiseEstimate estimate_of(const LabelTable& table);

/// What `labels inspect` says of a CSV of own labels. Looks at no image.
struct OwnLabels {
  LabelTable table;
  NoiseEstimate estimate;  ///< as estimate_of
  Corrections corrections;
  std::vector<NearSetting> near;  ///< empty where nothing was checked
};
/// Compares with `protocols`. Throws InputError with all problems.
OwnLabels inspect_own_labels(const std::string& file, const std::vector<Protocol>& protocols);
std::vector<std::string> lines_of(const OwnLabels& labels);
Json json_of(const OwnLabels& labels);

/// "4 unreadable images were left out (3 training, 1 test)"; "" where none was.
std::string left_out_words(const OwnSet& set);

/// Reads everything, fitted to `image` (channels, height, width). Throws InputError with all problems.
OwnData read_own_data(const OwnFiles& files, const std::vector<int64_t>& image);

/// A line for each class, what is known of the noise, what corrections leave, and notes on labels and classes.
std::vector<std::string> own_data_lines(const OwnData& data);

}  // namespace nlb
