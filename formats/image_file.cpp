#include "formats/image_file.h"

#include <algorithm>
#include <string>

#include "core/error.h"
#include "formats/image_decoders.h"

namespace nlb {
namespace {

/// PIL's conversion to "L": (19595 R + 38470 G + 7471 B + 2^15) / 2^16.
uint8_t luma(const uint8_t* rgb) {
  return static_cast<uint8_t>((rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16);
}

/// A part of one axis of the source that becomes `target` pixels.
struct Axis {
  int64_t begin, size, target;
};

/// The largest centred part of aspect ratio target : other_target.
Axis centred(int64_t length, int64_t other_length, int64_t target, int64_t other_target) {
  const int64_t size = std::clamp(other_length * target / other_target, int64_t{1}, length);
  return {(length - size) / 2, size, target};
}

/// Calls add(source position, target position, weight) for each overlap. Source pixel i covers [i t, (i + 1) t) of a
/// ruler of s t units, target pixel j covers [j s, (j + 1) s): whole numbers, so the mean is exact.
template <typename Add>
void for_each_overlap(const Axis& axis, const Add& add) {
  for (int64_t i = 0; i < axis.size; ++i) {
    const int64_t low = i * axis.target, high = low + axis.target;
    for (int64_t j = low / axis.size; j * axis.size < high; ++j) {
      const int64_t weight = std::min(high, (j + 1) * axis.size) - std::max(low, j * axis.size);
      if (weight > 0) add(axis.begin + i, j, weight);
    }
  }
}

/// Planes of the source with 1 or 3 channels at the place of one pixel.
uint8_t value_at(const Picture& picture, int64_t y, int64_t x, int64_t channel, int64_t channels) {
  const uint8_t* rgb = &picture.pixels[static_cast<size_t>(3 * (y * picture.width + x))];
  return channels == 1 ? luma(rgb) : rgb[channel];
}

/// The weighted sums of one source row, [channels, target width].
std::vector<int64_t> row_sums(const Picture& picture, int64_t y, int64_t channels, const Axis& columns) {
  std::vector<int64_t> sums(static_cast<size_t>(channels * columns.target), 0);
  for_each_overlap(columns, [&](int64_t x, int64_t target, int64_t weight) {
    for (int64_t c = 0; c < channels; ++c) {
      sums[static_cast<size_t>(c * columns.target + target)] += weight * value_at(picture, y, x, c, channels);
    }
  });
  return sums;
}

}  // namespace

void check_picture_size(int64_t height, int64_t width) {
  constexpr int64_t kMostPixels = int64_t{1} << 26;  // a small file may hold very many
  if (height >= 1 && width >= 1 && height <= kMostPixels && width <= kMostPixels / height) return;
  throw InputError(std::to_string(width) + "x" + std::to_string(height) + " pixels; up to " +
                   std::to_string(kMostPixels) + " in all are read");
}

void append_on_white(const uint8_t* rgba, std::vector<uint8_t>& pixels) {
  const int alpha = rgba[3];
  for (size_t c = 0; c < 3; ++c) {
    pixels.push_back(static_cast<uint8_t>((rgba[c] * alpha + 255 * (255 - alpha) + 127) / 255));
  }
}

Picture decode_image(std::string_view bytes) {
  using namespace std::string_view_literals;
  const auto decoded = [&] {
    if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return decode_png(bytes);
    if (bytes.starts_with("\xff\xd8\xff"sv)) return decode_jpeg(bytes);
    if (bytes.starts_with("RIFF"sv) && bytes.substr(0, 12).ends_with("WEBP"sv)) return decode_webp(bytes);
    throw InputError("not PNG, JPEG or WebP by its first bytes");
  };
  Picture picture = decoded();
  picture.orientation = exif_orientation(bytes);
  return picture;
}

std::vector<uint8_t> fitted(const Picture& picture, int64_t channels, int64_t height, int64_t width) {
  NLB_CHECK((channels == 1 || channels == 3) && height >= 1 && width >= 1, "images have one or three channels");
  const Axis rows = centred(picture.height, picture.width, height, width);
  const Axis columns = centred(picture.width, picture.height, width, height);
  std::vector<int64_t> sums(static_cast<size_t>(channels * height * width), 0);
  int64_t summed = -1;
  std::vector<int64_t> row;
  for_each_overlap(rows, [&](int64_t y, int64_t target, int64_t weight) {
    if (y != summed) row = row_sums(picture, y, channels, columns);
    summed = y;
    for (int64_t c = 0; c < channels; ++c) {
      for (int64_t x = 0; x < width; ++x) {
        sums[static_cast<size_t>((c * height + target) * width + x)] +=
            weight * row[static_cast<size_t>(c * width + x)];
      }
    }
  });
  const int64_t area = rows.size * columns.size;
  std::vector<uint8_t> pixels;
  pixels.reserve(sums.size());
  for (const int64_t sum : sums) pixels.push_back(static_cast<uint8_t>((sum + area / 2) / area));
  return pixels;
}

}  // namespace nlb
