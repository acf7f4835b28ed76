// cli/labels.h -- the parts of `nlbench labels`: flags, and the labels of a place in a protocol.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "cli/options.h"
#include "datasets/label_file.h"
#include "datasets/training_data.h"

namespace nlb {

struct LabelsFlags {
  std::string what;                ///< make, export, import, inspect
  std::vector<std::string> names;  ///< protocols (make, export) or files (import, inspect)
  std::vector<std::string> protocols;
  std::string protocol_folder, data_folder;
  SelectionFlags selection;
  std::string dataset;                ///< --dataset
  std::string generator;              ///< make without a protocol
  std::optional<double> rate;         ///< the same
  std::vector<std::string> settings;  ///< the same: option=value
  std::string array;                  ///< --labels: which of a file that holds several
  std::string clean;                  ///< inspect: a file of clean labels
  int64_t first = 0;                  ///< inspect, import: labels of the first training images only; 0: of all
  std::string key;                    ///< make: a JSON object with this key in place of a list
  std::string out, format;
};

/// One place of one protocol: what its rows share.
struct LabelPlace {
  Protocol protocol;
  Trial trial;  ///< the first one there
};

/// The place that --noise and --seed (and --group, --row where rows differ) name. Throws InputError when the flags name
/// several with different labels, NothingSelected when no trial there can run.
LabelPlace label_place(const LabelsFlags& flags);
/// Labels and parts of that place; reads the data set. Throws InputError where one label an image does not say what is
/// trained on: replaced images, several copies of an image.
TrainingData labelled_data(const LabelPlace& place, const LabelsFlags& flags);

/// Throws InputError where images are replaced too: a file of labels would not say so.
void refuse_replaced(const std::vector<ReplacedImage>& replaced);

/// "cifar10: 50000 labels ..., digest, requested and effective rate", and the matrix, as text or JSON.
void print_summary(const NoiseSummary& noise, const std::vector<std::string>& class_names, const std::string& format);
/// The matrix as rows of percent; left out above a number of classes that fits a terminal.
std::string matrix_text(const NoiseSummary& noise, const std::vector<std::string>& class_names);

/// The facts of a data set that is built. Throws InputError with the nearest id.
const DatasetFacts& dataset_facts(const std::string& id);

/// Clean labels of the training images, or of the first ones that --first says. Throws InputError when there are fewer.
std::vector<int64_t> training_labels(const DatasetFacts& known, const LabelsFlags& flags);

ExitCode make_labels(const LabelsFlags& flags);
ExitCode export_labels(const LabelsFlags& flags);
ExitCode import_labels(const LabelsFlags& flags);
ExitCode inspect_labels(const LabelsFlags& flags);

}  // namespace nlb
