// datasets/image_formats.h -- where images and labels lie in the bytes of official files: pure functions, any bytes
// allowed as input.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/dataset.h"
#include "datasets/official_content.h"
#include "images/memory_images.h"

namespace nlb {

/// Records of a file: how many, where their images begin, and where their labels do.
struct RecordLayout {
  int64_t count = 0;
  ImageShape shape;
  ImageRecords images, labels;  ///< labels: of forms that have them beside the images
};

inline constexpr size_t kIdxHead = 20;  ///< bytes that idx_layout looks at

/// MNIST's idx file of images: big-endian magic 2051, count, rows and columns, then the bytes; magic 2052 has channels
/// between count and rows, plane by plane. `head`: the first kIdxHead bytes of a file of `size` bytes, or all; `place`
/// names it in messages. Throws InputError on a wrong header and on a size that does not fit it.
RecordLayout idx_layout(std::string_view head, int64_t size, const std::string& place);

/// Images that are left where they lie and the labels of an idx pair. Throws InputError as both readers do, and for
/// unequal counts.
ImageSet read_idx_pair(const OfficialContent& images, std::string_view labels, const std::string& labels_place,
                       int64_t classes);

/// Of an idx file of labels (magic 2049, count, a byte each); a byte equal to `unknown` becomes kUnknownLabel. Throws
/// InputError on a wrong header, a size that does not fit it, or a label outside [0, classes).
std::vector<int64_t> read_idx_labels(std::string_view bytes, const std::string& place, int64_t classes,
                                     std::optional<uint8_t> unknown = std::nullopt);

/// The bytes of an idx file of images: magic 2051 for one channel, as MNIST's, else 2052.
std::string idx_of_images(const ImageSet& set);
/// Of labels, a byte each, in [0, 256); kUnknownLabel becomes `unknown`.
std::string idx_of_labels(std::span<const int64_t> labels, uint8_t unknown = 0);

/// CIFAR's records: `label_bytes` bytes whose last is the label (one for CIFAR-10; CIFAR-100 has the coarse label
/// before it), then the image plane by plane. Throws InputError on a cut record.
RecordLayout cifar_layout(int64_t size, const std::string& place, ImageShape shape, int64_t label_bytes);
/// The last byte of each of `labels`, "images" of a record's label bytes. Throws InputError for one outside [0,
/// classes).
std::vector<int64_t> cifar_labels(const ImageSource& labels, const std::string& place, int64_t classes);

}  // namespace nlb
