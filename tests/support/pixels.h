// tests/support/pixels.h -- images in memory as a test writes them down, pixel by pixel.
#pragma once

#include <memory>
#include <vector>

#include "datasets/dataset.h"
#include "images/memory_images.h"

namespace nlb::test {

struct PixelSet {
  int64_t count = 0, channels = 0, height = 0, width = 0;
  std::vector<uint8_t> pixels;  ///< [count, channels, height, width]; empty where only labels matter
  std::vector<int64_t> labels;
  int64_t image_bytes() const { return channels * height * width; }

  operator ImageSet() const {  // NOLINT(google-explicit-constructor): a test's set stands for the real one
    ImageSet set = empty_image_set({.channels = channels, .height = height, .width = width});
    set.count = count;
    set.labels = labels;
    if (image_bytes() > 0 && (count == 0 || !pixels.empty()))
      set.images = std::make_shared<const MemoryImages>(set.shape(), pixels);
    return set;
  }
};

/// One image of a set.
inline std::vector<uint8_t> image_of(const ImageSet& set, int64_t index) { return image_at(*set.images, index); }

}  // namespace nlb::test
