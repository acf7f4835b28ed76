#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <string>

// jpeglib.h takes FILE and size_t as there already.
// clang-format off
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include "core/error.h"
#include "formats/image_decoders.h"

namespace nlb {
namespace {

/// What libjpeg's C code and ours share: plain data, since an error jumps out of libjpeg. `library` stands first, so
/// that libjpeg's pointer to it is one to the whole.
struct JpegErrors {
  jpeg_error_mgr library;
  std::jmp_buf back;
  char message[JMSG_LENGTH_MAX];
};

JpegErrors* errors_of(j_common_ptr common) { return reinterpret_cast<JpegErrors*>(common->err); }

[[noreturn]] void stop(j_common_ptr common) {
  (*common->err->format_message)(common, errors_of(common)->message);
  std::longjmp(errors_of(common)->back, 1);
}

/// Warnings that leave every pixel as it was meant; all others mean that some are made up.
void on_message(j_common_ptr common, int level) {
  const int code = common->err->msg_code;
  const bool harmless = code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR ||
                        code == JWRN_BOGUS_PROGRESSION || code == JWRN_TOO_MUCH_DATA;
  if (level < 0 && !harmless) stop(common);
}

/// One decompression, in the order begin, rows, end.
class JpegReader {
 public:
  explicit JpegReader(std::string_view bytes) : bytes_(bytes) {
    jpeg_.err = jpeg_std_error(&errors_.library);
    errors_.library.error_exit = &stop;
    errors_.library.emit_message = &on_message;
    if (!create()) fail();
  }
  ~JpegReader() { jpeg_destroy_decompress(&jpeg_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  int64_t height() const { return jpeg_.image_height; }
  int64_t width() const { return jpeg_.image_width; }
  bool has_black() const { return jpeg_.out_color_space == JCS_CMYK; }

  void read_header() {
    if (!header()) fail();
  }
  /// Rows of RGB, or of four inks.
  void read(std::vector<uint8_t>& samples) {
    if (!all_rows(samples.data(), samples.size() / static_cast<size_t>(jpeg_.image_height))) fail();
  }

 private:
  [[noreturn]] void fail() const { throw InputError("broken JPEG: " + std::string(errors_.message)); }

  // Each of these three has nothing to destroy where libjpeg jumps back to it.
  bool create() {
    if (setjmp(errors_.back) != 0) return false;
    jpeg_create_decompress(&jpeg_);
    return true;
  }
  bool header() {
    if (setjmp(errors_.back) != 0) return false;
    jpeg_mem_src(&jpeg_, reinterpret_cast<const unsigned char*>(bytes_.data()), bytes_.size());
    jpeg_read_header(&jpeg_, TRUE);
    const bool black = jpeg_.jpeg_color_space == JCS_CMYK || jpeg_.jpeg_color_space == JCS_YCCK;
    jpeg_.out_color_space = black ? JCS_CMYK : JCS_RGB;
    jpeg_.dct_method = JDCT_ISLOW;
    return true;
  }
  bool all_rows(uint8_t* samples, size_t row) {
    if (setjmp(errors_.back) != 0) return false;
    jpeg_start_decompress(&jpeg_);
    while (jpeg_.output_scanline < jpeg_.output_height) {
      JSAMPROW into = samples + row * jpeg_.output_scanline;
      jpeg_read_scanlines(&jpeg_, &into, 1);
    }
    jpeg_finish_decompress(&jpeg_);
    return true;
  }

  std::string_view bytes_;
  JpegErrors errors_{};
  jpeg_decompress_struct jpeg_{};
};

/// Pillow's product of two shares of 255, rounded.
int share_of(int a, int b) {
  const int product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/// Pillow's CMYK to RGB; files hold the inks inverted.
void append_inks(const uint8_t* inverted, std::vector<uint8_t>& pixels) {
  const int light = inverted[3];  // 255 minus black
  for (size_t c = 0; c < 3; ++c) {
    pixels.push_back(static_cast<uint8_t>(std::clamp(light - share_of(255 - inverted[c], light), 0, 255)));
  }
}

}  // namespace

Picture decode_jpeg(std::string_view bytes) {
  JpegReader reader(bytes);
  reader.read_header();
  Picture picture{.height = reader.height(), .width = reader.width(), .pixels = {}};
  check_picture_size(picture.height, picture.width);
  const bool black = reader.has_black();
  std::vector<uint8_t> samples((black ? 4U : 3U) * static_cast<size_t>(picture.height * picture.width));
  reader.read(samples);
  if (!black) {
    picture.pixels = std::move(samples);
    return picture;
  }
  picture.pixels.reserve(samples.size() / 4 * 3);
  for (size_t at = 0; at < samples.size(); at += 4) append_inks(&samples[at], picture.pixels);
  return picture;
}

}  // namespace nlb
