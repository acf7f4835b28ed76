// formats/image_decoders.h -- the formats of single pictures, each to pixels as Pillow gives them: parts of
// formats/image_file.h. Any bytes are allowed as input; each throws InputError, in words without a place.
#pragma once

#include <string_view>

#include "formats/image_file.h"

namespace nlb {

/// libpng. Ancillary chunks about colour (gAMA, cHRM, iCCP, sRGB) change nothing; of 16-bit samples the upper byte is
/// taken; transparent pixels lie on white.
Picture decode_png(std::string_view bytes);
/// libjpeg-turbo with its accurate DCT and fancy upsampling. CMYK and YCCK are taken as inverted, with or without
/// Adobe's marker. Bytes before a marker are passed over; damaged and cut data is refused.
Picture decode_jpeg(std::string_view bytes);
/// libwebp, the first picture of an animation; transparent pixels lie on white.
Picture decode_webp(std::string_view bytes);

/// Throws InputError for pictures of no pixel or of more than 2^26.
void check_picture_size(int64_t height, int64_t width);
/// One pixel of red, green, blue and alpha on white, appended.
void append_on_white(const uint8_t* rgba, std::vector<uint8_t>& pixels);

/// EXIF's orientation, 1 (as stored) to 8, of a picture in any of the three formats; 1 where it says none.
int exif_orientation(std::string_view bytes);

}  // namespace nlb
