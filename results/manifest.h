// results/manifest.h -- what leaves for, and comes back from, a method that nlbench does not run: the arrays that
// `labels export` writes and the manifest that `import predictions` reads. Docs: docs/own_method.md.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "datasets/training_data.h"
#include "protocols/trial.h"

namespace nlb {

inline constexpr int kManifestSchema = 1;
inline constexpr const char* kManifestFile = "manifest.json";
inline constexpr const char* kPredictionsFile = "predictions.npy";

/// The data side of one trial as arrays of int64 in the data set's official order.
struct ExportedArrays {
  std::vector<int64_t> labels;         ///< [training images]: the label a method is given; clean where trusted; of a
                                       ///< held-out image the one that selects; kNoLabel where there is none
  std::vector<int64_t> train_index;    ///< increasing, trusted images among them
  std::vector<int64_t> val_index;      ///< held-out images, increasing
  std::vector<int64_t> trusted_index;  ///< increasing; indices of images, not positions in train_index
  std::vector<int64_t> test_index;     ///< test images to predict, increasing
  /// "labels" and so on, in the order above: the names of files without .npy, and the keys of Manifest::digests.
  std::vector<std::pair<std::string, const std::vector<int64_t>*>> named() const;
};
/// Throws InputError where an image has several labels (noisy_copies).
ExportedArrays exported_arrays(const TrainingData& data);

/// SHA-256 of the elements as little-endian int64: what numpy's `a.astype("<i8").tobytes()` hashes to.
std::string array_digest(std::span<const int64_t> values);
std::map<std::string, std::string> digests_of(const ExportedArrays& arrays);

/// The members of to_json(spec) that fix labels and images: data, noise, trusted, seeds {noise, split}, revisions
/// {dataset, data_path, random, generator}. No network, recipe or method.
Json conditions_of(const TrialSpec& spec);

struct Manifest {
  std::string protocol, group, setting, seed;
  Json conditions = Json::object();
  std::map<std::string, std::string> digests;  ///< array -> array_digest
  std::string order;                           ///< what row i is, in words
  std::vector<std::string> class_names;
  /// {net, recipe} of the first row that runs there, as in to_json(TrialSpec): what is usual, for whoever wants the
  /// same. The import does not read it; null in manifests of earlier versions.
  Json usual = nullptr;
  // Left empty by the export, filled in by whoever ran the method.
  std::string method, link, network;
  std::optional<int64_t> epochs;
  std::optional<std::string> extra_data;  ///< "none" or words
};

/// JSON for people to fill in: the empty fields last.
std::string write_manifest(const Manifest& manifest);
/// A filled one. Throws InputError with all problems: empty method or network, null epochs or extra_data among them.
Manifest read_manifest(const std::string& text, const std::string& file);

}  // namespace nlb
