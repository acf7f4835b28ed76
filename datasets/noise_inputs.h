// datasets/noise_inputs.h -- the files and sets that some generators read beside the population: label files, matrix
// files, another data set's images.
#pragma once

#include <filesystem>
#include <string>

#include "datasets/noise.h"
#include "facts/facts.h"
#include "protocols/trial.h"

namespace nlb {

/// What the trial's generator needs; empty for most. Throws MissingData naming file and digest when one is absent,
/// InputError when it is of another digest or form than its options say.
NoiseInputs load_noise_inputs(const TrialSpec& spec, const Facts& facts, const std::filesystem::path& data_folder);

/// The data set whose images open-set noise brings in; "" for other generators. Throws InputError for an unknown id.
std::string foreign_dataset(const NoiseSpec& noise, const Facts& facts);

/// Whether make_noisy_labels can draw the generator's labels: from clean ones alone, whatever their number.
bool draws_from_labels_alone(const NoiseSpec& noise);

/// Whether own labels are those that somebody corrected where he looked, not those that the set came with.
bool corrects_labels(const NoiseSpec& noise);

/// Whether the labels differ between seeds: those of label files and of own data sets are there already.
bool is_drawn(const NoiseSpec& noise);

/// In words what is not there of the generator's file; "" if all is or it reads none. Throws InputError for a file of
/// another digest.
std::string missing_noise_file(const NoiseSpec& noise, const std::filesystem::path& data_folder);

}  // namespace nlb
