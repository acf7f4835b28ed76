// images/memory_images.h -- images of one shape in memory, where a reader left them: no pixel is copied.
#pragma once

#include "images/image_source.h"

namespace nlb {

/// Where images of one shape lie among other bytes: image i begins at first + i * distance. A file of CIFAR has a label
/// before each, a file of idx a header before all.
struct ImageRecords {
  int64_t first = 0, distance = 0;
};

class MemoryImages final : public ImageSource {
 public:
  MemoryImages(ImageShape shape, std::vector<uint8_t> pixels);  ///< [count, channels, height, width]
  /// The records that `bytes` hold whole. `digest`: that of the bytes where it is known; "": computed when asked for.
  MemoryImages(ImageShape shape, std::shared_ptr<const std::string> bytes, ImageRecords records,
               std::string digest = "");

  int64_t count() const override { return count_; }
  std::optional<ImageShape> shape() const override { return shape_; }
  std::string digest() const override;
  void read(std::span<const int64_t> indices, const ImageSink& sink) const override;

 private:
  std::span<const uint8_t> image(int64_t index) const;

  ImageShape shape_;
  std::shared_ptr<const void> owner_;  // of the bytes, whatever holds them
  std::span<const uint8_t> bytes_;
  ImageRecords records_;
  int64_t count_ = 0;
  std::string digest_;
};

/// How many whole records `bytes` hold.
int64_t records_in(int64_t bytes, const ImageShape& shape, const ImageRecords& records);

}  // namespace nlb
