// datasets/digest_memory.h -- SHA-256 of large files, computed once and remembered in `.nlbench-digests.json` beside
// them.
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
  std::filesystem::path path_;
  std::map<std::string, Entry> entries_;
  bool changed_ = false;
};

}  // namespace nlb
