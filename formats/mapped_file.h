// formats/mapped_file.h -- a file as bytes in memory that the system reads where they are looked at: of a batch of
// 1.6 GB whose pixels stay where they lie, only the pages with its labels.
#pragma once

#include <filesystem>
#include <string_view>

namespace nlb {

class MappedFile {
 public:
  /// Throws EnvironmentError naming the path and the system's message.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  /// Must not be looked at while somebody shortens the file: the system then ends the program.
  std::string_view bytes() const { return {begin_, size_}; }

 private:
  const char* begin_ = nullptr;
  size_t size_ = 0;
};

}  // namespace nlb
