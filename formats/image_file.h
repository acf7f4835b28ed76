// formats/image_file.h -- one PNG, JPEG or WebP file to the pixels of a fixed-size image. Decoded by libpng,
// libjpeg-turbo and libwebp; fitted by integer arithmetic, so the same pixels everywhere. Definition: docs/own_data.md.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace nlb {

/// A decoded picture, [height, width, 3], red green blue. Grey ones have three equal channels; transparent ones lie on
/// white.
struct Picture {
  int64_t height = 0, width = 0;
  std::vector<uint8_t> pixels;
  int orientation = 1;       ///< EXIF's, 1 to 8; not applied: 1 means that the pixels lie as they are to be seen
  bool dark_16_bit = false;  ///< 16-bit samples of which none needs more than 14 bits: most likely not scaled
};

/// The format follows from the first bytes, never from a name. EXIF orientation is not applied. Throws InputError, in
/// words without a place, for other formats, broken or cut files, and pictures of more than 2^26 pixels.
Picture decode_image(std::string_view bytes);

/// [channels, height, width] with 1 or 3 channels: the largest centred part of that aspect ratio, each pixel the mean
/// over its area of the source, rounded half up. One channel: ITU-R 601 luma as PIL computes it, before the averaging.
std::vector<uint8_t> fitted(const Picture& picture, int64_t channels, int64_t height, int64_t width);

}  // namespace nlb
