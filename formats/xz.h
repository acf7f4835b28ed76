// formats/xz.h -- xz streams in memory. Several of them behind each other are one xz file, as `xz --decompress` and
// Python's lzma read it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nlb {

/// What each xz stream begins with.
inline constexpr std::string_view kXzMagic{
    "\xFD"
    "7zXZ\0",
    6};

/// One xz stream with a CRC64 over the content: equal content gives equal bytes, with one version of the library.
std::string xz(std::string_view content);

/// The first stream of some bytes.
struct XzStream {
  std::string content;  ///< of a broken stream what came out before the fault: not to be trusted
  size_t size = 0;      ///< bytes that the stream takes; only of a sound one
  std::string problem;  ///< "" for a sound stream; else what is wrong, in words without a place
};
/// Reading stops with a problem once the content is longer than `limit` bytes: a small stream may hold very much.
XzStream read_xz_stream(std::string_view bytes, size_t limit);

}  // namespace nlb
