// facts/own_dataset.h -- a data set of a user's own: described in the protocol file that uses it, by the same facts as
// an official one. Its files are idx files below the data folder, as `nlbench new` packs them, or batches as
// ImageNet32 has them. docs/own_data.md.
#pragma once

#include "facts/facts.h"

namespace nlb {

/// Parts of the names of its files. train_clean, train_targeted and train_names may be missing.
namespace own_file {
inline constexpr const char* train_images = "train-images";  ///< idx, [N, H, W] or [N, C, H, W]
inline constexpr const char* train_labels = "train-labels";
inline constexpr const char* train_clean = "train-clean-labels";        ///< kUnknownClean where nobody looked
inline constexpr const char* train_targeted = "train-targeted-labels";  ///< clean, of images picked as suspects
inline constexpr const char* train_names = "train-names";               ///< text, one name of an image a line
inline constexpr const char* test_images = "t10k-images";
inline constexpr const char* test_labels = "t10k-labels";  ///< trusted
}  // namespace own_file
inline constexpr uint8_t kUnknownClean = 255;
inline constexpr size_t kMostOwnClasses = 255;

/// The member `id` of a protocol's "datasets": {"title", "format": one of own_formats(), "image", "class_names",
/// "train_images", "test_images", "train_labels": "given" | "clean", "files": [{"name", "bytes", "sha256"}]}; problems.
DatasetFacts read_own_dataset(const std::string& id, const JsonNode& node);
/// The formats that an own set may have: "idx", "imagenet_batches".
const std::vector<std::string>& own_formats();
/// What read_own_dataset reads.
Json own_dataset_json(const DatasetFacts& facts);

/// The data set `id` of `known`, or the one that `own` describes (null: none). Throws InputError where there is
/// neither.
DatasetFacts dataset_facts(const std::string& id, const Json& own, const Facts& known);

/// "... 500 images checked by hand give each accuracy to within ±4.4 points, 2,000 to within ±2.2 (...)": what to do
/// where a test split has no trusted labels.
std::string hand_checking_advice();

}  // namespace nlb
