// datasets/own_set.h -- a user's own images and labels, read whole and packed once into idx files below the data
// folder, which from then on are the data set. docs/own_data.md.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/dataset.h"
#include "datasets/label_table.h"

namespace nlb {

/// Images and labels in one order; train.labels: clean ones, kUnknownLabel where nobody looked or a suspect was picked.
struct OwnSet {
  Dataset dataset;
  std::vector<std::string> train_names, test_names;  ///< the user's names; empty for a set that came as idx files
  std::vector<std::string> notes;                    ///< what a user should know before trusting it, whole sentences
  int64_t left_out_train = 0, left_out_test = 0;     ///< rows whose image could not be read, where that was asked for
};

/// Decodes every image of `table` below `folder` and fits it to `image` (channels, height, width). A file that is not
/// there is a problem of its line; so is one that is not a whole picture, unless `leave_out_unreadable` asks to leave
/// out its row. Notes tell of images that EXIF would turn and of 16-bit ones that are almost black.
OwnSet read_image_folder(const LabelTable& table, const std::filesystem::path& folder,
                         const std::vector<int64_t>& image, LineProblems& problems, bool leave_out_unreadable = false);

/// A folder with the idx files train-images..., train-labels..., t10k-images..., t10k-labels... (trusted) and, where
/// some are known, train-clean-labels... and train-targeted-labels... (255: unknown), each raw or as .gz. Classes are
/// the numbers that occur. Throws InputError: what is missing or wrong, or another image size than `image`.
OwnSet read_idx_folder(const std::filesystem::path& folder, const std::vector<int64_t>& image);

/// Writes the set to data_folder/id durably and returns its facts. Throws EnvironmentError where it cannot.
DatasetFacts pack_own_set(const OwnSet& set, const std::string& id, const std::string& title,
                          const std::filesystem::path& data_folder);

/// Mean and standard deviation of the training pixels by channel, of values in [0, 1], rounded to four digits.
struct ChannelStatistics {
  std::vector<double> mean, deviation;
};
ChannelStatistics channel_statistics(const ImageSet& set);

}  // namespace nlb
