// datasets/official_files.h -- finds a data set's official files below the data folder, in any of their forms
// (datasets/file_forms.h), and vouches for their bytes.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "datasets/dataset.h"
#include "datasets/digest_memory.h"
#include "datasets/file_forms.h"
#include "datasets/official_content.h"

namespace nlb {

class Form;

/// Whatever the form, the digest judged is that of the official file's content. A file whose digest nobody published is
/// judged by what it holds (Form::problem_of) and, where a file SHA256SUMS lies beside it, as sha256sum writes it, by
/// the digest there.
class OfficialFiles {
 public:
  /// `recompute`: do not believe remembered digests.
  OfficialFiles(const DatasetFacts& facts, std::filesystem::path data_folder, bool recompute);
  ~OfficialFiles();  ///< saves the remembered digests
  OfficialFiles(const OfficialFiles&) = delete;
  OfficialFiles& operator=(const OfficialFiles&) = delete;

  FileState state(const FileFacts& file);
  /// The checked content. Throws MissingData or InputError: path, found, expected, where to get it, what to do. Of an
  /// archive, all files are read in one pass and kept until they are asked for, each once.
  std::string content(const FileFacts& file);
  /// The same without reading it into memory where the file on disk is the official one itself.
  OfficialContent open(const FileFacts& file);
  /// Of the archives that hold the official files (facts/dataset_archives.h), those that lie in the data folder.
  std::vector<FileState> archives();
  /// MissingData with one line for each file that is not there, before any is read.
  void require_all() const;
  /// Where `file` was found, for messages; its first place when it is missing.
  std::string place(const FileFacts& file) const;

 private:
  struct Checked {
    FileState state;
    std::string content, digest;
  };
  using Members = std::map<std::string, std::string>;  ///< name -> content
  std::optional<FileSource> find(const FileFacts& file) const;
  [[noreturn]] void refuse(const FileFacts& file, const FileState& state) const;
  Checked check(const FileFacts& file, bool keep_content);
  Checked check_unpublished(const FileFacts& file, const FileSource& source, const FileStamp& stamp);
  std::string digest_on_disk(const FileSource& source, const std::string& key, const FileStamp& stamp);
  std::string stored_bytes(const FileSource& source);
  std::string read_source(const FileFacts& file, const FileSource& source);
  Members read_members(const std::filesystem::path& archive) const;
  std::string missing_text(const FileFacts& file) const;
  std::string elsewhere(const FileFacts& file) const;
  std::string archives_text() const;
  DigestMemory& memory_of(const std::filesystem::path& folder);

  const DatasetFacts& facts_;
  const Form& form_;
  const std::filesystem::path data_folder_;
  const bool recompute_;
  std::map<std::filesystem::path, DigestMemory> memories_;
  std::map<std::filesystem::path, Members> unpacked_;
};

}  // namespace nlb
