// formats/gzip.h -- gzip and zlib content in memory.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nlb {

/// The content of a gzip file, all members joined, zeros behind the last one passed over; reading stops once it is
/// longer than `limit` (a small file may hold very much), so the result has at most limit + 1 bytes. Throws InputError,
/// in words without a place, when it is no gzip, broken or cut off.
std::string gunzip(std::string_view bytes, size_t limit);

/// The same of a zlib stream (RFC 1950).
std::string inflated(std::string_view bytes, size_t limit);

/// One gzip member without name or time: equal content gives equal bytes, with one version of the library.
std::string gzip(std::string_view content);

}  // namespace nlb
