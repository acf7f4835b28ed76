// datasets/image_formats.h -- bytes of official files to images and labels: pure functions, any bytes allowed as input.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "datasets/dataset.h"

namespace nlb {

/// MNIST's idx pair: big-endian magic (2051 images, 2049 labels), count, for images rows and columns, then the bytes;
/// magic 2052 has channels between count and rows, plane by plane. `images_place` and `labels_place` name the files in
/// messages. Throws InputError on a wrong header, a size that does not fit it, unequal counts, or a label outside [0,
/// classes).
ImageSet read_idx(std::string_view images, const std::string& images_place, std::string_view labels,
                  const std::string& labels_place, int64_t classes);

/// The labels alone; a byte equal to `unknown` becomes kUnknownLabel.
std::vector<int64_t> read_idx_labels(std::string_view bytes, const std::string& place, int64_t classes,
                                     std::optional<uint8_t> unknown = std::nullopt);

/// The bytes of an idx file of images: magic 2051 for one channel, as MNIST's, else 2052.
std::string idx_of_images(const ImageSet& set);
/// Of labels, a byte each, in [0, 256); kUnknownLabel becomes `unknown`.
std::string idx_of_labels(std::span<const int64_t> labels, uint8_t unknown = 0);

/// Appends CIFAR's records: `label_bytes` bytes whose last is the label (one for CIFAR-10; CIFAR-100 has the coarse
/// label before it), then channels x height x width pixel bytes, plane by plane; the size of an image is that of `set`.
/// Throws InputError on a cut record or a label outside [0, classes).
void append_cifar_records(std::string_view bytes, const std::string& place, int64_t classes, size_t label_bytes,
                          ImageSet& set);

}  // namespace nlb
