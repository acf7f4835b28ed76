#include "datasets/image_file.h"

#include <png.h>
#include <turbojpeg.h>

#include <algorithm>
#include <memory>
#include <string>

#include "core/error.h"

namespace nlb {
namespace {

constexpr int64_t kMostPixels = int64_t{1} << 26;  // a small file may hold very many

void check_size(int64_t height, int64_t width) {
  if (height >= 1 && width >= 1 && height <= kMostPixels && width <= kMostPixels / height) return;
  throw InputError(std::to_string(width) + "x" + std::to_string(height) + " pixels; up to " +
                   std::to_string(kMostPixels) + " in all are read");
}

struct FreeJpeg {
  void operator()(void* handle) const { tjDestroy(handle); }
};

Picture decode_jpeg(std::string_view bytes) {
  const std::unique_ptr<void, FreeJpeg> decoder(tjInitDecompress());
  NLB_CHECK(decoder != nullptr, "libjpeg-turbo makes a decoder");
  const auto fail = [&] { throw InputError("broken JPEG: " + std::string(tjGetErrorStr2(decoder.get()))); };
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  int width = 0, height = 0, subsampling = 0, colours = 0;
  if (tjDecompressHeader3(decoder.get(), data, bytes.size(), &width, &height, &subsampling, &colours) != 0) fail();
  if (colours == TJCS_CMYK || colours == TJCS_YCCK) throw InputError("JPEG in CMYK; save it in RGB");
  check_size(height, width);
  Picture picture{.height = height, .width = width, .pixels = {}};
  picture.pixels.resize(static_cast<size_t>(3 * picture.height * picture.width));
  // A warning (cut file, wrong bytes) still gives pixels, some of them grey: refused.
  if (tjDecompress2(decoder.get(), data, bytes.size(), picture.pixels.data(), width, 0, height, TJPF_RGB,
                    TJFLAG_ACCURATEDCT) != 0) {
    fail();
  }
  return picture;
}

struct FreePng {
  void operator()(png_image* image) const { png_image_free(image); }
};

Picture decode_png(std::string_view bytes) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, FreePng> freed(&image);
  const auto fail = [&] { throw InputError("broken PNG: " + std::string(image.message)); };
  if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) fail();
  check_size(image.height, image.width);
  image.format = PNG_FORMAT_RGBA;
  image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // as 8-bit files are read: no gamma of their own
  std::vector<uint8_t> rgba(PNG_IMAGE_SIZE(image));
  if (png_image_finish_read(&image, nullptr, rgba.data(), 0, nullptr) == 0) fail();
  Picture picture{.height = image.height, .width = image.width, .pixels = {}};
  picture.pixels.reserve(rgba.size() / 4 * 3);
  for (size_t at = 0; at < rgba.size(); at += 4) {
    const int alpha = rgba[at + 3];
    for (size_t c = 0; c < 3; ++c) {
      picture.pixels.push_back(static_cast<uint8_t>((rgba[at + c] * alpha + 255 * (255 - alpha) + 127) / 255));
    }
  }
  return picture;
}

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

Picture decode_image(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return decode_png(bytes);
  if (bytes.starts_with("\xff\xd8\xff"sv)) return decode_jpeg(bytes);
  throw InputError("neither PNG nor JPEG by its first bytes");
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
