#include "images/memory_images.h"

#include "core/error.h"
#include "core/sha256.h"

namespace nlb {

int64_t records_in(int64_t bytes, const ImageShape& shape, const ImageRecords& records) {
  NLB_CHECK(shape.bytes() > 0 && records.first >= 0 && records.distance >= shape.bytes(),
            "records of images overlap or are empty");
  const int64_t room = bytes - records.first;
  return room < shape.bytes() ? 0 : 1 + (room - shape.bytes()) / records.distance;
}

MemoryImages::MemoryImages(ImageShape shape, std::vector<uint8_t> pixels) : shape_(shape) {
  records_ = {.first = 0, .distance = shape.bytes()};
  count_ = records_in(std::ssize(pixels), shape, records_);
  NLB_CHECK(count_ * shape.bytes() == std::ssize(pixels), "pixels of a part of an image");
  const auto kept = std::make_shared<const std::vector<uint8_t>>(std::move(pixels));
  bytes_ = *kept;
  owner_ = kept;
}

MemoryImages::MemoryImages(ImageShape shape, std::shared_ptr<const std::string> bytes, ImageRecords records,
                           std::string digest)
    : shape_(shape),
      bytes_(reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size()),
      records_(records),
      count_(records_in(std::ssize(*bytes), shape, records)),
      digest_(std::move(digest)) {
  owner_ = std::move(bytes);
}

std::span<const uint8_t> MemoryImages::image(int64_t index) const {
  check_image_index(index, count_);
  return bytes_.subspan(static_cast<size_t>(records_.first + index * records_.distance),
                        static_cast<size_t>(shape_.bytes()));
}

std::string MemoryImages::digest() const {
  if (!digest_.empty()) return digest_;
  Sha256 sha;
  sha.add("images " + std::to_string(shape_.channels) + "x" + std::to_string(shape_.height) + "x" +
          std::to_string(shape_.width) + "\n");
  for (int64_t i = 0; i < count_; ++i) sha.add(std::as_bytes(image(i)));
  return hex(sha.finish());
}

void MemoryImages::read(std::span<const int64_t> indices, const ImageSink& sink) const {
  for (size_t place = 0; place < indices.size(); ++place)
    sink(place, {.shape = shape_, .pixels = image(indices[place])});
}

}  // namespace nlb
