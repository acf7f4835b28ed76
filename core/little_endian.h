// core/little_endian.h -- whole numbers as bytes of a file or of a digest, least byte first.
#pragma once

#include <cstdint>
#include <string>

namespace nlb {

/// The lowest `width` bytes of `value`, 1 to 8.
inline void append_little_endian(std::string& bytes, uint64_t value, int width) {
  for (int i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
}

}  // namespace nlb
