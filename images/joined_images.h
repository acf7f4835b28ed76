// images/joined_images.h -- several sources after one another under one numbering: a training set beside the images
// that noise brings in, the files of a data set.
#pragma once

#include "images/image_source.h"

namespace nlb {

class JoinedImages final : public ImageSource {
 public:
  explicit JoinedImages(std::vector<Images> parts);

  /// The number that image 0 of part `part` has here; image i of it has begin(part) + i.
  int64_t begin(size_t part) const;

  int64_t count() const override { return begins_.back(); }
  std::optional<ImageShape> shape() const override { return shape_; }
  std::string digest() const override;
  void read(std::span<const int64_t> indices, const ImageSink& sink) const override;

 private:
  size_t part_of(int64_t index) const;

  std::vector<Images> parts_;
  std::vector<int64_t> begins_;  // [parts + 1]
  std::optional<ImageShape> shape_;
};

/// The one part itself where there is only one.
Images joined(std::vector<Images> parts);

}  // namespace nlb
