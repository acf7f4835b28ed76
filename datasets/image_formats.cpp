#include "datasets/image_formats.h"

#include <array>

#include "core/error.h"
#include "datasets/indices.h"

namespace nlb {
namespace {

constexpr uint32_t kIdx = 0x800;  // of unsigned bytes; the last byte is the number of dimensions

uint8_t byte_at(std::string_view bytes, size_t position) { return static_cast<uint8_t>(bytes[position]); }

uint32_t big_endian(std::string_view bytes, size_t position) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | byte_at(bytes, position + i);
  return value;
}

/// The sizes in the header of an idx file of `size` unsigned bytes with `dimensions` dimensions, all checked against
/// its length.
std::array<int64_t, 4> idx_sizes(std::string_view bytes, int64_t size, const std::string& place, size_t dimensions) {
  const size_t header = 4 + 4 * dimensions;
  const uint32_t expected = kIdx + static_cast<uint32_t>(dimensions);
  if (bytes.size() < header) {
    throw InputError(place + ": " + std::to_string(size) + " bytes, shorter than the idx header of " +
                     std::to_string(header));
  }
  if (const uint32_t magic = big_endian(bytes, 0); magic != expected) {
    throw InputError(place + ": idx header begins with " + std::to_string(magic) + "; expected " +
                     std::to_string(expected));
  }
  std::array<int64_t, 4> sizes{1, 1, 1, 1};
  const int64_t body = size - static_cast<int64_t>(header);
  int64_t product = 1;
  for (size_t d = 0; d < dimensions; ++d) {
    sizes[d] = big_endian(bytes, 4 + 4 * d);
    // Stopping above the body keeps the product below 2^31 * 2^32.
    product = product > body ? product : product * sizes[d];
  }
  if (product != body) {
    throw InputError(place + ": the idx header promises other than the " + std::to_string(body) +
                     " bytes that follow it");
  }
  return sizes;
}

/// 4 where the header says so, else 3.
size_t idx_image_dimensions(std::string_view bytes) {
  return bytes.size() >= 4 && big_endian(bytes, 0) == kIdx + 4 ? 4 : 3;
}

std::string big_endian_bytes(int64_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

int64_t checked_label(uint8_t label, int64_t index, int64_t classes, const std::string& place) {
  if (label < classes) return label;
  throw InputError(place + ": image " + std::to_string(index) + " has label " + std::to_string(label) +
                   "; allowed are 0 to " + std::to_string(classes - 1));
}

}  // namespace

RecordLayout idx_layout(std::string_view head, int64_t size, const std::string& place) {
  const size_t dimensions = idx_image_dimensions(head);
  const auto sizes = idx_sizes(head, size, place, dimensions);
  const ImageShape shape = {
      .channels = dimensions == 4 ? sizes[1] : 1, .height = sizes[dimensions - 2], .width = sizes[dimensions - 1]};
  if (shape.bytes() == 0) throw InputError(place + ": the idx header promises images without a pixel");
  return {.count = sizes[0],
          .shape = shape,
          .images = {.first = static_cast<int64_t>(4 + 4 * dimensions), .distance = shape.bytes()},
          .labels = {}};
}

ImageSet read_idx_pair(const OfficialContent& images, std::string_view labels, const std::string& labels_place,
                       int64_t classes) {
  const RecordLayout layout = idx_layout(images.head(kIdxHead), images.size(), images.place());
  ImageSet set = empty_image_set(layout.shape);
  set.labels = read_idx_labels(labels, labels_place, classes);
  set.count = layout.count;
  if (std::ssize(set.labels) != set.count) {
    throw InputError(labels_place + ": " + std::to_string(set.labels.size()) + " labels for the " +
                     std::to_string(set.count) + " images of " + images.place());
  }
  set.images = images.images(layout.shape, layout.images, layout.count);
  return set;
}

std::vector<int64_t> read_idx_labels(std::string_view bytes, const std::string& place, int64_t classes,
                                     std::optional<uint8_t> unknown) {
  const int64_t count = idx_sizes(bytes, std::ssize(bytes), place, 1)[0];
  std::vector<int64_t> labels;
  labels.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    const uint8_t label = byte_at(bytes, 8 + static_cast<size_t>(i));
    labels.push_back(label == unknown ? kUnknownLabel : checked_label(label, i, classes, place));
  }
  return labels;
}

std::string idx_of_images(const ImageSet& set) {
  const bool grey = set.channels == 1;
  std::string bytes = big_endian_bytes(kIdx + (grey ? 3 : 4)) + big_endian_bytes(set.count);
  if (!grey) bytes += big_endian_bytes(set.channels);
  bytes += big_endian_bytes(set.height) + big_endian_bytes(set.width);
  for_each_image(set, [&](const ImageView& image) {
    bytes.append(reinterpret_cast<const char*>(image.pixels.data()), image.pixels.size());
  });
  return bytes;
}

std::string idx_of_labels(std::span<const int64_t> labels, uint8_t unknown) {
  std::string bytes = big_endian_bytes(kIdx + 1) + big_endian_bytes(static_cast<int64_t>(labels.size()));
  for (const int64_t label : labels) bytes += static_cast<char>(label == kUnknownLabel ? unknown : label);
  return bytes;
}

RecordLayout cifar_layout(int64_t size, const std::string& place, ImageShape shape, int64_t label_bytes) {
  const int64_t record = label_bytes + shape.bytes();
  if (size % record != 0) {
    throw InputError(place + ": " + std::to_string(size) + " bytes are not a whole number of records of " +
                     std::to_string(record) + " bytes");
  }
  return {.count = size / record,
          .shape = shape,
          .images = {.first = label_bytes, .distance = record},
          .labels = {.first = 0, .distance = record}};
}

std::vector<int64_t> cifar_labels(const ImageSource& labels, const std::string& place, int64_t classes) {
  std::vector<int64_t> all;
  all.reserve(static_cast<size_t>(labels.count()));
  const auto numbers = counting(labels.count());
  labels.read(numbers, [&](size_t i, const ImageView& bytes) {
    all.push_back(checked_label(bytes.pixels.back(), static_cast<int64_t>(i), classes, place));
  });
  return all;
}

}  // namespace nlb
