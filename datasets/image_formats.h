// datasets/image_formats.h -- bytes of official files to images and labels: pure functions, any bytes allowed as input.
#pragma once

#include <string>
#include <string_view>

#include "datasets/dataset.h"

namespace nlb {

/// MNIST's idx pair: big-endian magic (2051 images, 2049 labels), count, for images rows and columns, then the bytes.
/// `images_place` and `labels_place` name the files in messages. Throws InputError on a wrong header, a size that does
/// not fit it, unequal counts, or a label outside [0, classes).
ImageSet read_idx(std::string_view images, const std::string& images_place, std::string_view labels,
                  const std::string& labels_place, int64_t classes);

/// Appends CIFAR's records: `label_bytes` bytes whose last is the label (one for CIFAR-10; CIFAR-100 has the coarse
/// label before it), then channels x height x width pixel bytes, plane by plane; the size of an image is that of `set`.
/// Throws InputError on a cut record or a label outside [0, classes).
void append_cifar_records(std::string_view bytes, const std::string& place, int64_t classes, size_t label_bytes,
                          ImageSet& set);

}  // namespace nlb
