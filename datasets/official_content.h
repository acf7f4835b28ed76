// datasets/official_content.h -- the content of an official file once its digest is known to be right: in memory where
// it had to be unpacked, else left on disk.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "images/image_source.h"
#include "images/memory_images.h"

namespace nlb {

class OfficialContent {
 public:
  /// `place`: for messages; `sha256`: of the content.
  OfficialContent(std::string place, std::string sha256, std::string bytes);
  OfficialContent(std::string place, std::string sha256, std::filesystem::path file, int64_t size);

  const std::string& place() const { return place_; }
  int64_t size() const { return size_; }
  /// Where it lies; empty in memory.
  const std::filesystem::path& file() const { return file_; }
  /// The first bytes, fewer where there are not so many.
  std::string head(size_t bytes) const;
  /// Its records, `count` of them: of content in memory all, in a file those in front of whatever follows. Not copied:
  /// in memory they share its bytes, on disk they stay there.
  Images images(ImageShape shape, ImageRecords records, int64_t count) const;

 private:
  std::string place_, sha256_;
  std::shared_ptr<const std::string> bytes_;  // null: in the file
  std::filesystem::path file_;
  int64_t size_ = 0;
};

}  // namespace nlb
