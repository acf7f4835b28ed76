// datasets/dataset.h -- images and clean labels of one data set, read from official files whose digests are checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "facts/facts.h"

namespace nlb {

/// In place of a clean label that nobody knows: such a sample's given label is neither right nor wrong.
inline constexpr int64_t kUnknownLabel = -2;

/// Images in the official order.
struct ImageSet {
  int64_t count = 0, channels = 0, height = 0, width = 0;
  std::vector<uint8_t> pixels;  ///< [count, channels, height, width], 0..255
  std::vector<int64_t> labels;  ///< [count] clean labels in [0, classes); kUnknownLabel in an own set's training part
  std::span<const uint8_t> image(int64_t index) const;
  int64_t image_bytes() const { return channels * height * width; }
};

struct Dataset {
  std::string id, digest;
  int64_t classes = 0;
  std::vector<std::string> class_names;
  ImageSet train, test;
  std::vector<int64_t> given = {};  ///< [train.count] the labels an own set came with; empty for all others
  /// [train.count] clean labels of an own set's images that were looked at because their labels looked wrong,
  /// kUnknownLabel for the others; empty where there are none. They correct labels, and count for no estimate:
  /// train.labels has those of images picked at random.
  std::vector<int64_t> targeted = {};
};

/// Reads the data set below `data_folder` (generated ones need no folder). Throws MissingData naming the file, its
/// digest and the address when a file is absent, InputError when it is truncated or its digest differs from the
/// official one.
Dataset load_dataset(const DatasetFacts& facts, const std::filesystem::path& data_folder);
/// The same of an own set without its pixels, whose files are not read.
Dataset load_own_labels(const DatasetFacts& facts, const std::filesystem::path& data_folder);

/// Where an image of the training part lies: its file below the data folder, and its place among that file's images.
/// Drawn sets have no file.
struct ImagePlace {
  std::string file;
  int64_t position = 0;
};
/// index in [0, facts.train_images).
ImagePlace training_image_place(const DatasetFacts& facts, int64_t index);

/// The user's names of an own set's training images, where they were packed with them; empty else. Throws as
/// load_dataset.
std::vector<std::string> training_image_names(const DatasetFacts& facts, const std::filesystem::path& data_folder);

/// State of one official file on disk, without reading images.
struct FileState {
  std::string name;
  enum class Kind { good, missing, wrong_size, wrong_digest } kind = Kind::missing;
  std::string found;  ///< in words, for wrong ones
};
/// Digests are computed once and remembered (by size, modification time and inode) in
/// the user's cache (datasets/digest_memory.h).
std::vector<FileState> verify_dataset(const DatasetFacts& facts, const std::filesystem::path& data_folder,
                                      bool recompute = false);

}  // namespace nlb
