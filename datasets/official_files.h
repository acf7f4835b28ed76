// datasets/official_files.h -- finds a data set's official files below the data folder and vouches for their bytes.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "datasets/dataset.h"
#include "datasets/digest_memory.h"

namespace nlb {

/// Where a file may lie below the data folder, in the order of search:
///   idx      mnist/NAME, MNIST/raw/NAME, each also with the dot form (train-images.idx3-ubyte), each raw or as .gz
///   CIFAR's  cifar-10-batches-bin/NAME, <id>/cifar-10-batches-bin/NAME; cifar-100-binary/NAME likewise
/// A .gz is judged by its content.
class OfficialFiles {
 public:
  /// `recompute`: do not believe remembered digests.
  OfficialFiles(const DatasetFacts& facts, std::filesystem::path data_folder, bool recompute);
  ~OfficialFiles();  ///< saves the remembered digests
  OfficialFiles(const OfficialFiles&) = delete;
  OfficialFiles& operator=(const OfficialFiles&) = delete;

  FileState state(const FileFacts& file);
  /// The checked, uncompressed content. Throws MissingData or InputError: path, found, expected, where to get it, what
  /// to do.
  std::string content(const FileFacts& file);
  /// MissingData with one line for each file that is not there, before any is read.
  void require_all() const;
  /// Where `file` was found, for messages; its first place when it is missing.
  std::string place(const FileFacts& file) const;

 private:
  struct Checked {
    FileState state;
    std::string content;
  };
  std::vector<std::filesystem::path> places(const FileFacts& file) const;
  std::optional<std::filesystem::path> find(const FileFacts& file) const;
  Checked check(const FileFacts& file, bool keep_content);
  std::string missing_text(const FileFacts& file) const;
  DigestMemory& memory_of(const std::filesystem::path& folder);

  const DatasetFacts& facts_;
  const std::filesystem::path data_folder_;
  const bool recompute_;
  std::map<std::filesystem::path, DigestMemory> memories_;
};

}  // namespace nlb
