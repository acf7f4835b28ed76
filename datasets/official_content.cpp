#include "datasets/official_content.h"

#include <algorithm>

#include "core/error.h"
#include "images/packed_images.h"

namespace nlb {

OfficialContent::OfficialContent(std::string place, std::string sha256, std::string bytes)
    : place_(std::move(place)),
      sha256_(std::move(sha256)),
      bytes_(std::make_shared<const std::string>(std::move(bytes))),
      size_(std::ssize(*bytes_)) {}

OfficialContent::OfficialContent(std::string place, std::string sha256, std::filesystem::path file, int64_t size)
    : place_(std::move(place)), sha256_(std::move(sha256)), file_(std::move(file)), size_(size) {}

std::string OfficialContent::head(size_t bytes) const {
  if (bytes_) return bytes_->substr(0, bytes);
  const auto length = std::min<int64_t>(static_cast<int64_t>(bytes), size_);
  if (length == 0) return {};
  const PackedImages first(file_, {.channels = 1, .height = 1, .width = length}, {.first = 0, .distance = length}, 1,
                           sha256_);
  const auto shown = image_at(first, 0);
  return {shown.begin(), shown.end()};
}

Images OfficialContent::images(ImageShape shape, ImageRecords records, int64_t count) const {
  const int64_t room = records_in(size_, shape, records);
  NLB_CHECK(bytes_ ? count == room : count <= room, place_ + " holds other records");
  if (!bytes_) return std::make_shared<const PackedImages>(file_, shape, records, count, sha256_);
  return std::make_shared<const MemoryImages>(shape, bytes_, records, sha256_);
}

}  // namespace nlb
