// datasets/label_file.h -- files of labels from anywhere: numpy's .npy and .npz, torch.save's .pt with arrays or
// tensors, pickles of them, JSON lists. What a file is follows from its first bytes, never from its name; nothing in it
// is run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nlb {

struct LabelArray {
  std::string name;             ///< key in the file; "labels" for a file that is one array
  std::vector<int64_t> labels;  ///< [N], as stored: not yet compared with a number of classes
  std::string note = {};        ///< where they were not stored as a list: "one-hot, [50000, 10]"
};

struct LabelFile {
  std::string path, kind;           ///< kind in words: "numpy array, int64 (.npy version 1)"
  std::string digest;               ///< SHA-256 of the file's bytes
  std::vector<LabelArray> arrays;   ///< at least one, in the file's order
  std::vector<std::string> others;  ///< what else it holds, in words: "NAME": why it is not labels
  /// Throws InputError naming the arrays there are, the nearest first, or why that one is not labels.
  const LabelArray& array(const std::string& name) const;
};

/// Throws InputError, with place, what was found and what to do, for anything that holds no list of integers, and where
/// there is no such file; EnvironmentError when it cannot be read.
LabelFile read_label_file(const std::filesystem::path& path);
/// The same of bytes in memory; `place` stands for the path.
LabelFile parse_label_file(std::string_view bytes, const std::string& place);

/// Throws InputError unless there are `count` labels, each in [0, classes): how many are not, and where the first is.
void check_labels(std::span<const int64_t> labels, int64_t count, int64_t classes, const std::string& place);

}  // namespace nlb
