// datasets/noise_inputs.h -- the files and sets that some generators read beside the population: label files, matrix
// files, another data set's images.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "datasets/label_file.h"
#include "datasets/noise.h"
#include "facts/facts.h"
#include "protocols/trial.h"

namespace nlb {

/// What the trial's generator needs; empty for most. Throws MissingData naming file and digest when one is absent,
/// InputError when it is of another digest or form than its options say, and for a file of labels whose own clean
/// labels are not those of the data set.
NoiseInputs load_noise_inputs(const TrialSpec& spec, const Facts& facts, const std::filesystem::path& data_folder);

/// The data set whose images the noise brings in; "" where it brings in none. Throws InputError for an unknown id.
std::string foreign_dataset(const NoiseSpec& noise, const Facts& facts);

/// Whether the labels, or the matrix that they are drawn from, come from a file of labels; its rate is then what a
/// source states of the file.
bool reads_label_file(const NoiseSpec& noise);

/// The file of labels that a generator reads, and which of its arrays.
struct PinnedLabels {
  LabelFile file;
  std::string array;
};
/// Nothing for other generators and where the file is not there. Throws InputError for a file of another digest or
/// form.
std::optional<PinnedLabels> load_label_file(const NoiseSpec& noise, const std::filesystem::path& data_folder);

/// Whether make_noisy_labels can draw the generator's labels: from clean ones alone, whatever their number.
bool draws_from_labels_alone(const NoiseSpec& noise);

/// Whether the labels are those that an own data set came with.
bool takes_set_labels(const NoiseSpec& noise);

/// Whether such labels are those that somebody corrected where he looked, in place of those that the set came with.
bool corrects_labels(const NoiseSpec& noise);

/// Whether the labels differ between seeds: those of label files and of own data sets are there already.
bool is_drawn(const NoiseSpec& noise);

/// In words what is not there of the generator's file; "" if all is or it reads none. Throws InputError for a file of
/// another digest.
std::string missing_noise_file(const NoiseSpec& noise, const std::filesystem::path& data_folder);

}  // namespace nlb
