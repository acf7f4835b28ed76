#include "formats/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "core/error.h"

namespace nlb {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;

class Inflater {
 public:
  Inflater(std::string_view bytes, int wrapper, const char* what) : what_(what), rest_(bytes) {
    NLB_CHECK(inflateInit2(&stream_, wrapper) == Z_OK, "zlib does not start");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Next piece of content; empty at the end of the last member.
  std::string_view next(size_t so_far) {
    while (true) {
      if (member_ended_) {
        if (only_zeros_left()) return {};
        inflateReset(&stream_);
        member_ended_ = false;
      }
      feed();
      stream_.next_out = buffer_.data();
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      const int status = inflate(&stream_, Z_NO_FLUSH);
      member_ended_ = status == Z_STREAM_END;
      const size_t produced = buffer_.size() - stream_.avail_out;
      if (!member_ended_ && status != Z_OK) fail(status, so_far + produced);
      if (produced > 0) return {reinterpret_cast<const char*>(buffer_.data()), produced};
    }
  }

 private:
  /// Padding to whole blocks, as tapes and some servers leave it, is no further member.
  bool only_zeros_left() const {
    const auto is_zero = [](auto byte) { return byte == 0; };
    return std::all_of(stream_.next_in, stream_.next_in + stream_.avail_in, is_zero) &&
           std::all_of(rest_.begin(), rest_.end(), is_zero);
  }

  void feed() {
    if (stream_.avail_in > 0) return;
    const size_t piece = std::min(rest_.size(), size_t{1} << 24);
    stream_.next_in =
        const_cast<Bytef*>(reinterpret_cast<const Bytef*>(rest_.data()));  // zlib's interface; never written
    stream_.avail_in = static_cast<uInt>(piece);
    rest_.remove_prefix(piece);
  }

  [[noreturn]] void fail(int status, size_t produced) const {
    const std::string after = " after " + std::to_string(produced) + " bytes of content";
    if (status == Z_BUF_ERROR) throw InputError(std::string("the ") + what_ + " is cut off" + after);
    throw InputError(std::string("not a sound ") + what_ + " (" +
                     std::string(stream_.msg != nullptr ? stream_.msg : "no reason given") + ")" + after);
  }

  const char* what_;
  z_stream stream_{};
  std::string_view rest_;
  bool member_ended_ = false;
  std::array<Bytef, size_t{1} << 16> buffer_{};
};

std::string content_of(Inflater& inflater, size_t limit) {
  std::string content;
  while (content.size() <= limit) {
    const std::string_view piece = inflater.next(content.size());
    if (piece.empty()) break;
    content.append(piece.substr(0, limit + 1 - content.size()));
  }
  return content;
}

}  // namespace

std::string gunzip(std::string_view bytes, size_t limit) {
  Inflater inflater(bytes, kGzipOnly, "gzip file");
  return content_of(inflater, limit);
}

std::string inflated(std::string_view bytes, size_t limit) {
  Inflater inflater(bytes, MAX_WBITS, "zlib stream");
  return content_of(inflater, limit);
}

std::string gzip(std::string_view content) {
  z_stream stream{};
  NLB_CHECK(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipOnly, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK,
            "zlib does not start");
  std::string bytes(deflateBound(&stream, content.size()), '\0');
  stream.next_in =
      const_cast<Bytef*>(reinterpret_cast<const Bytef*>(content.data()));  // zlib's interface; never written
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  const int status = deflate(&stream, Z_FINISH);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  NLB_CHECK(status == Z_STREAM_END, "zlib does not finish in the space it asked for");
  return bytes;
}

}  // namespace nlb
