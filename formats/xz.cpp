#include "formats/xz.h"

#include <lzma.h>

#include <algorithm>
#include <array>
#include <bit>

#include "core/error.h"

namespace nlb {
namespace {

constexpr uint32_t kPreset = 6;                       // 9 gives the same size where the content fits the dictionary
constexpr size_t kSmallestDictionary = 1 << 12;       // the format's least
constexpr uint64_t kMemoryLimit = uint64_t{1} << 30;  // bytes that a stream's header may ask for

const uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

std::string words_for(lzma_ret status) {
  switch (status) {
    case LZMA_BUF_ERROR:
    case LZMA_OK:
      return "it is cut off";
    case LZMA_FORMAT_ERROR:
      return "it does not begin as an xz stream";
    case LZMA_DATA_ERROR:
      return "its content does not have the checksum that it names";
    case LZMA_MEMLIMIT_ERROR:
      return "its header asks for more than 1 GiB of memory";
    case LZMA_OPTIONS_ERROR:
      return "its header names options that liblzma does not know";
    default:
      return "liblzma refuses it with code " + std::to_string(status);
  }
}

/// Ends with its scope.
struct Decoder {
  Decoder() { NLB_CHECK(lzma_stream_decoder(&stream, kMemoryLimit, 0) == LZMA_OK, "liblzma does not start"); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { lzma_end(&stream); }
  lzma_stream stream = LZMA_STREAM_INIT;
};

}  // namespace

std::string xz(std::string_view content) {
  lzma_options_lzma options;
  NLB_CHECK(!lzma_lzma_preset(&options, kPreset), "liblzma knows its presets");
  // A dictionary larger than the content costs every reader memory and helps nobody.
  const size_t whole = std::bit_ceil(std::max(content.size(), kSmallestDictionary));
  options.dict_size = static_cast<uint32_t>(std::min<size_t>(options.dict_size, whole));
  std::array<lzma_filter, 2> filters{{{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}}};
  std::string bytes(lzma_stream_buffer_bound(content.size()), '\0');
  size_t size = 0;
  const auto status =
      lzma_stream_buffer_encode(filters.data(), LZMA_CHECK_CRC64, nullptr, bytes_of(content), content.size(),
                                reinterpret_cast<uint8_t*>(bytes.data()), &size, bytes.size());
  NLB_CHECK(status == LZMA_OK, "liblzma does not finish in the space it asked for");
  bytes.resize(size);
  return bytes;
}

XzStream read_xz_stream(std::string_view bytes, size_t limit) {
  Decoder decoder;
  XzStream found;
  std::array<uint8_t, size_t{1} << 16> buffer{};
  decoder.stream.next_in = bytes_of(bytes);
  decoder.stream.avail_in = bytes.size();
  lzma_ret status = LZMA_OK;
  while (status == LZMA_OK) {
    decoder.stream.next_out = buffer.data();
    decoder.stream.avail_out = buffer.size();
    status = lzma_code(&decoder.stream, LZMA_FINISH);
    const size_t produced = buffer.size() - decoder.stream.avail_out;
    found.content.append(reinterpret_cast<const char*>(buffer.data()), produced);
    if (found.content.size() > limit) {
      found.problem = "it holds more than " + std::to_string(limit) + " bytes";
      return found;
    }
  }
  if (status == LZMA_STREAM_END)
    found.size = bytes.size() - decoder.stream.avail_in;
  else
    found.problem = words_for(status);
  return found;
}

}  // namespace nlb
