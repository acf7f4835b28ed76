// EXIF's orientation: a TIFF directory in JPEG's APP1, PNG's eXIf or WebP's EXIF.
#include <optional>
#include <string>

#include "formats/image_decoders.h"

namespace nlb {
namespace {

using namespace std::string_view_literals;

std::optional<uint32_t> number_at(std::string_view bytes, size_t at, size_t size, bool big_endian) {
  if (at > bytes.size() || bytes.size() - at < size) return std::nullopt;
  uint32_t value = 0;
  for (size_t i = 0; i < size; ++i) {
    const auto byte = static_cast<uint32_t>(static_cast<uint8_t>(bytes[at + (big_endian ? i : size - 1 - i)]));
    value = value << 8 | byte;
  }
  return value;
}

/// Tag 0x0112 of the first directory, a short.
int orientation_of_tiff(std::string_view tiff) {
  if (tiff.starts_with("Exif\0\0"sv)) tiff.remove_prefix(6);
  const bool big = tiff.starts_with("MM\0*"sv);
  if (!big && !tiff.starts_with("II*\0"sv)) return 1;
  const auto directory = number_at(tiff, 4, 4, big);
  const auto entries = directory ? number_at(tiff, *directory, 2, big) : std::nullopt;
  if (!entries) return 1;
  constexpr uint32_t kOrientation = 0x0112, kShort = 3;
  for (size_t i = 0; i < *entries; ++i) {
    const size_t at = size_t{*directory} + 2 + 12 * i;
    const auto tag = number_at(tiff, at, 2, big), type = number_at(tiff, at + 2, 2, big);
    if (!tag || !type) return 1;
    if (*tag != kOrientation || *type != kShort) continue;
    const auto value = number_at(tiff, at + 8, 2, big);
    return value && *value >= 1 && *value <= 8 ? static_cast<int>(*value) : 1;
  }
  return 1;
}

/// Of JPEG: the APP1 segment before the first scan.
int orientation_of_jpeg(std::string_view bytes) {
  constexpr uint32_t kApp1 = 0xE1, kScan = 0xDA;
  size_t at = 2;
  while (true) {
    const auto mark = number_at(bytes, at, 1, true), kind = number_at(bytes, at + 1, 1, true);
    if (!mark || *mark != 0xFF || !kind || *kind == kScan) return 1;
    if (*kind == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    const auto length = number_at(bytes, at + 2, 2, true);
    if (!length || *length < 2 || bytes.size() - at < 2 + size_t{*length}) return 1;
    const auto segment = bytes.substr(at + 4, *length - 2);
    if (*kind == kApp1 && segment.starts_with("Exif\0\0"sv)) return orientation_of_tiff(segment);
    at += 2 + size_t{*length};
  }
}

/// Of PNG (length, name, content, sum) and of WebP (name, length, content, padded to even).
int orientation_of_chunks(std::string_view bytes, size_t at, bool png) {
  const auto wanted = png ? "eXIf"sv : "EXIF"sv;
  while (true) {
    const auto length = number_at(bytes, at + (png ? 0 : 4), 4, png);
    if (!length || at + 8 > bytes.size() || bytes.size() - at - 8 < *length) return 1;
    if (bytes.substr(at + (png ? 4 : 0), 4) == wanted) return orientation_of_tiff(bytes.substr(at + 8, *length));
    at += 8 + size_t{*length} + (png ? 4 : *length % 2);
  }
}

}  // namespace

int exif_orientation(std::string_view bytes) {
  constexpr size_t kPngStart = 8, kWebpStart = 12;
  if (bytes.starts_with("\x89PNG"sv)) return orientation_of_chunks(bytes, kPngStart, true);
  if (bytes.starts_with("RIFF"sv)) return orientation_of_chunks(bytes, kWebpStart, false);
  return bytes.starts_with("\xff\xd8"sv) ? orientation_of_jpeg(bytes) : 1;
}

}  // namespace nlb
