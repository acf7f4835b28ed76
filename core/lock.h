// core/lock.h -- a lock between processes of one machine: flock on a file that is never unlinked (unlinking lets two
// processes hold "the lock"; fcntl locks vanish when any other descriptor of the file closes).
#pragma once

#include <filesystem>
#include <optional>

namespace nlb {

class FileLock {
 public:
  /// Takes the lock or returns nothing if another process (or another FileLock of this one) holds it.
  /// Creates the file and its folders. Throws EnvironmentError when the file system refuses.
  static std::optional<FileLock> try_take(const std::filesystem::path& path);
  /// Whether somebody holds it. Creates nothing; for an instant a try_take elsewhere may see the lock as taken.
  static bool is_held(const std::filesystem::path& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();  ///< releases; the file stays

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace nlb
