#include "images/joined_images.h"

#include <algorithm>

#include "core/error.h"
#include "core/sha256.h"

namespace nlb {

JoinedImages::JoinedImages(std::vector<Images> parts) : parts_(std::move(parts)), begins_{0} {
  NLB_CHECK(!parts_.empty(), "something is joined");
  shape_ = parts_.front()->shape();
  for (const Images& part : parts_) {
    begins_.push_back(begins_.back() + part->count());
    if (part->shape() != shape_) shape_ = std::nullopt;
  }
}

int64_t JoinedImages::begin(size_t part) const { return begins_.at(part); }

std::string JoinedImages::digest() const {
  Sha256 sha;
  for (const Images& part : parts_) sha.add(std::to_string(part->count()) + " " + part->digest() + "\n");
  return hex(sha.finish());
}

size_t JoinedImages::part_of(int64_t index) const {
  check_image_index(index, count());
  // Empty parts begin where the next one does, so the last part that begins there is meant.
  return static_cast<size_t>(std::upper_bound(begins_.begin(), begins_.end(), index) - begins_.begin() - 1);
}

void JoinedImages::read(std::span<const int64_t> indices, const ImageSink& sink) const {
  std::vector<int64_t> own;
  for (size_t from = 0; from < indices.size();) {
    const size_t part = part_of(indices[from]);
    own.clear();
    for (size_t i = from; i < indices.size() && part_of(indices[i]) == part; ++i)
      own.push_back(indices[i] - begins_[part]);
    parts_[part]->read(own, [&](size_t place, const ImageView& image) { sink(from + place, image); });
    from += own.size();
  }
}

Images joined(std::vector<Images> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  return std::make_shared<const JoinedImages>(std::move(parts));
}

}  // namespace nlb
