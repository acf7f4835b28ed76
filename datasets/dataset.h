// datasets/dataset.h -- images and clean labels of one data set, from official files whose digests are checked. The
// images are a source (images/image_source.h): their pixels may lie in memory or stay in the files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "facts/facts.h"
#include "images/image_source.h"

namespace nlb {

/// In place of a clean label that nobody knows: such a sample's given label is neither right nor wrong.
inline constexpr int64_t kUnknownLabel = -2;

/// Images of one shape and their labels, in the official order.
struct ImageSet {
  int64_t count = 0, channels = 0, height = 0, width = 0;
  Images images = nullptr;      ///< null where labels alone were read, and once the pixels are no longer needed
  std::vector<int64_t> labels;  ///< [count] clean labels in [0, classes); kUnknownLabel in an own set's training part
  ImageShape shape() const { return {.channels = channels, .height = height, .width = width}; }
  int64_t image_bytes() const { return shape().bytes(); }
};

/// Without images yet; facts have channels, height and width.
ImageSet empty_image_set(const ImageShape& shape);
ImageShape shape_of(const DatasetFacts& facts);
/// In memory: `pixels` [labels.size(), channels, height, width].
ImageSet image_set(const ImageShape& shape, std::vector<uint8_t> pixels, std::vector<int64_t> labels);

/// Shows all images of a set in their order.
void for_each_image(const ImageSet& set, const std::function<void(const ImageView&)>& show);
/// [count, channels, height, width]
std::vector<uint8_t> all_pixels(const ImageSet& set);

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
/// The same of an own set without its images, whose files are not read.
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

/// The one file of the facts whose name has `part` in it; null where there is none.
const FileFacts* find_file(const DatasetFacts& facts, const std::string& part);
/// Fails the check where there is none.
const FileFacts& file_named(const DatasetFacts& facts, const std::string& part);

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
