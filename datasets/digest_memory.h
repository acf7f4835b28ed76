// datasets/digest_memory.h -- SHA-256 of large files, computed once and remembered in the user's cache: a data folder
// is the user's own, and nothing is ever written into it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace nlb {

/// What tells that a file has not been touched since.
struct FileStamp {
  int64_t size = 0, mtime_ns = 0;
  uint64_t inode = 0;
  bool operator==(const FileStamp&) const = default;
};
/// Nothing unless it is a regular file.
std::optional<FileStamp> stamp_of(const std::filesystem::path& file);

/// Where the digests of `folder` are remembered: nlbench/digests/<SHA-256 of its path>.json in $XDG_CACHE_HOME, else in
/// ~/.cache. Empty where neither variable names a folder.
std::filesystem::path digest_memory_file(const std::filesystem::path& folder);

/// Of one folder. A memory that cannot be read counts as empty, one that cannot be written is not written.
class DigestMemory {
 public:
  explicit DigestMemory(const std::filesystem::path& folder);
  std::optional<std::string> recall(const std::string& name, const FileStamp& stamp) const;
  void remember(const std::string& name, const FileStamp& stamp, const std::string& digest);
  void save();  ///< durably, if anything is new

 private:
  struct Entry {
    FileStamp stamp;
    std::string digest;
  };
  std::filesystem::path folder_, path_;
  std::map<std::string, Entry> entries_;
  bool changed_ = false;
};

}  // namespace nlb
