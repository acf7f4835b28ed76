#include <png.h>

#include <csetjmp>
#include <cstring>
#include <string>

#include "core/error.h"
#include "formats/image_decoders.h"

namespace nlb {
namespace {

/// What libpng's C code and ours share: plain data, since an error jumps out of libpng.
struct PngState {
  const char* next = nullptr;
  size_t left = 0;
  char message[128] = {};
};

void read_bytes(png_structp png, png_bytep into, size_t count) {
  auto* state = static_cast<PngState*>(png_get_io_ptr(png));
  if (count > state->left) png_error(png, "the file is cut off");
  std::memcpy(into, state->next, count);
  state->next += count;
  state->left -= count;
}

void keep_message(png_structp png, png_const_charp text) {
  auto* state = static_cast<PngState*>(png_get_error_ptr(png));
  std::strncpy(state->message, text, sizeof(state->message) - 1);
  std::longjmp(png_jmpbuf(png), 1);
}

void no_warning(png_structp, png_const_charp) {}  // colour profiles and the like, which change nothing here

/// libpng's two structures.
class PngReader {
 public:
  explicit PngReader(std::string_view bytes) : state_{.next = bytes.data(), .left = bytes.size()} {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state_, &keep_message, &no_warning);
    NLB_CHECK(png_ != nullptr, "libpng makes a decoder");
    info_ = png_create_info_struct(png_);
    NLB_CHECK(info_ != nullptr, "libpng makes a decoder");
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  int64_t height() const { return png_get_image_height(png_, info_); }
  int64_t width() const { return png_get_image_width(png_, info_); }
  bool is_deep() const { return png_get_bit_depth(png_, info_) == 16; }
  size_t row_bytes() const { return png_get_rowbytes(png_, info_); }

  void read_header() {
    if (!header()) fail();
  }
  /// Rows of RGBA with 8 or 16 bits, 16-bit samples big-endian.
  void read_rows(std::vector<png_bytep>& rows) {
    if (!all_rows(rows.data())) fail();
  }
  void set_form() {
    if (!form()) fail();
  }

 private:
  [[noreturn]] void fail() const { throw InputError("broken PNG: " + std::string(state_.message)); }

  // Each of these three has nothing to destroy where libpng jumps back to it.
  bool header() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_read_fn(png_, &state_, &read_bytes);
    png_set_crc_action(png_, PNG_CRC_DEFAULT, PNG_CRC_WARN_DISCARD);
    png_read_info(png_, info_);
    return true;
  }
  bool form() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_expand(png_);  // palettes and bits to bytes, transparent colours to alpha
    png_set_gray_to_rgb(png_);
    png_set_add_alpha(png_, 0xFFFF, PNG_FILLER_AFTER);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }
  bool all_rows(png_bytepp rows) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_image(png_, rows);
    png_read_end(png_, nullptr);
    return true;
  }

  PngState state_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

}  // namespace

Picture decode_png(std::string_view bytes) {
  PngReader reader(bytes);
  reader.read_header();
  Picture picture{.height = reader.height(), .width = reader.width(), .pixels = {}};
  check_picture_size(picture.height, picture.width);
  const bool deep = reader.is_deep();
  reader.set_form();
  const size_t sample = deep ? 2 : 1, row = 4 * sample * static_cast<size_t>(picture.width);
  NLB_CHECK(reader.row_bytes() == row, "libpng gives four samples a pixel");
  std::vector<uint8_t> samples(row * static_cast<size_t>(picture.height));
  std::vector<png_bytep> rows;
  for (size_t at = 0; at < samples.size(); at += row) rows.push_back(&samples[at]);
  reader.read_rows(rows);
  picture.pixels.reserve(samples.size() / (4 * sample) * 3);
  uint8_t highest = 0;
  for (size_t at = 0; at < samples.size(); at += 4 * sample) {
    const uint8_t rgba[4] = {samples[at], samples[at + sample], samples[at + 2 * sample], samples[at + 3 * sample]};
    for (size_t c = 0; c < 3; ++c) highest = std::max(highest, rgba[c]);
    append_on_white(rgba, picture.pixels);
  }
  constexpr uint8_t kFourteenBits = 0x3F;  // of the upper byte
  picture.dark_16_bit = deep && highest <= kFourteenBits;
  return picture;
}

}  // namespace nlb
