#include "images/packed_images.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/error.h"
#include "core/sha256.h"
#include "images/pack_layout.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kAtOnce = int64_t{1} << 20;  // bytes of neighbouring images that one call of the system reads

uint64_t number_at(std::span<const uint8_t> bytes, size_t at, int width) {
  uint64_t value = 0;
  for (int i = width - 1; i >= 0; --i) value = value << 8 | bytes[at + static_cast<size_t>(i)];
  return value;
}

ImageShape shape_at(std::span<const uint8_t> bytes, size_t at) {
  return {.channels = static_cast<int64_t>(number_at(bytes, at, 4)),
          .height = static_cast<int64_t>(number_at(bytes, at + 4, 4)),
          .width = static_cast<int64_t>(number_at(bytes, at + 8, 4))};
}

/// Bytes of an image, or more than any file has: three sides of 32 bits may pass what 64 bits hold.
int64_t safe_bytes(const ImageShape& shape) {
  const auto product = static_cast<long double>(shape.channels) * static_cast<long double>(shape.height) *
                       static_cast<long double>(shape.width);
  return product > 1e15L ? int64_t{1'000'000'000'000'000} : shape.bytes();
}

}  // namespace

struct PackedImages::File {
  fs::path path;
  int descriptor = -1;

  explicit File(fs::path place) : path(std::move(place)), descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor < 0) fail("cannot be opened");
  }
  ~File() {
    if (descriptor >= 0) ::close(descriptor);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[noreturn]] void fail(const std::string& what) const {
    throw EnvironmentError(path.string() + ": " + what + ": " + std::strerror(errno));
  }

  int64_t size() const {
    struct stat state = {};
    if (::fstat(descriptor, &state) != 0) fail("its size cannot be read");
    return state.st_size;
  }

  void read(int64_t offset, std::span<uint8_t> out) const {
    for (size_t done = 0; done < out.size();) {
      const auto got = ::pread(descriptor, out.data() + done, out.size() - done, offset + static_cast<int64_t>(done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail("cannot be read");
      if (got == 0) {
        throw InputError(path.string() + ": ends at byte " + std::to_string(offset + static_cast<int64_t>(done)) +
                         ", inside an image; get or make it again");
      }
      done += static_cast<size_t>(got);
    }
  }
};

PackedImages::~PackedImages() = default;

PackedImages::PackedImages(const fs::path& file, ImageShape shape, ImageRecords records, int64_t count,
                           std::string digest)
    : file_(std::make_unique<File>(file)), count_(count), shape_(shape), records_(records), digest_(std::move(digest)) {
  const int64_t room = records_in(file_->size(), shape, records);
  if (count > room) {
    throw InputError(file.string() + ": holds " + std::to_string(room) + " images of " + std::to_string(count) +
                     "; get or make it again");
  }
}

PackedImages::PackedImages(const fs::path& pack) : file_(std::make_unique<File>(pack)) {
  const int64_t bytes = file_->size();
  read_header(bytes);
  if (!shape_) read_shapes(bytes);
}

void PackedImages::read_header(int64_t bytes) {
  const auto refuse = [&](const std::string& what) {
    throw InputError(file_->path.string() + ": " + what + "; make the pack again");
  };
  if (bytes < kPackHeader) refuse(std::to_string(bytes) + " bytes are less than the header of a pack");
  std::vector<uint8_t> header(kPackHeader);
  file_->read(0, header);
  if (std::memcmp(header.data(), kPackMagic.data(), kPackMagic.size()) != 0) refuse("is not a pack of images");
  const uint64_t count = number_at(header, 8, 8);
  if (count > static_cast<uint64_t>(bytes) || number_at(header, 28, 4) != 0) refuse("has a wrong header");
  count_ = static_cast<int64_t>(count);
  Digest digest{};
  std::copy_n(header.begin() + 32, digest.size(), digest.begin());
  digest_ = hex(digest);
  const ImageShape shape = shape_at(header, 16);
  if (shape == ImageShape{}) return;
  const int64_t image = safe_bytes(shape), body = bytes - kPackHeader;
  if (image == 0) refuse("has a wrong header");
  if (count_ > body / image || count_ * image != body) {
    refuse("its header promises other than the " + std::to_string(body) + " bytes that follow it");
  }
  shape_ = shape;
  records_ = {.first = kPackHeader, .distance = image};
}

void PackedImages::read_shapes(int64_t bytes) {
  const auto refuse = [&] {
    throw InputError(file_->path.string() + ": its table of shapes does not fit its " + std::to_string(bytes) +
                     " bytes; make the pack again");
  };
  const int64_t room = bytes - kPackHeader;
  if (count_ > room / kPackShape) refuse();
  std::vector<uint8_t> table(static_cast<size_t>(count_ * kPackShape));
  file_->read(bytes - std::ssize(table), table);
  const int64_t pixels_end = bytes - std::ssize(table);
  places_.reserve(static_cast<size_t>(count_));
  int64_t offset = kPackHeader;
  for (int64_t i = 0; i < count_; ++i) {
    const ImageShape shape = shape_at(table, static_cast<size_t>(i * kPackShape));
    if (safe_bytes(shape) == 0 || safe_bytes(shape) > pixels_end - offset) refuse();
    places_.push_back({.offset = offset, .shape = shape});
    offset += shape.bytes();
  }
  if (offset != pixels_end) refuse();
}

PackedImages::Place PackedImages::place_of(int64_t index) const {
  check_image_index(index, count_);
  if (!shape_) return places_[static_cast<size_t>(index)];
  return {.offset = records_.first + index * records_.distance, .shape = *shape_};
}

void PackedImages::read(std::span<const int64_t> indices, const ImageSink& sink) const {
  std::vector<uint8_t> bytes;
  for (size_t from = 0; from < indices.size();) {
    const Place first = place_of(indices[from]);
    int64_t end = first.offset + first.shape.bytes();
    size_t next = from + 1;
    for (; next < indices.size() && indices[next] == indices[next - 1] + 1; ++next) {
      const Place place = place_of(indices[next]);
      if (place.offset + place.shape.bytes() - first.offset > kAtOnce) break;
      end = place.offset + place.shape.bytes();
    }
    bytes.resize(static_cast<size_t>(end - first.offset));
    file_->read(first.offset, bytes);
    for (; from < next; ++from) {
      const Place place = place_of(indices[from]);
      sink(from, {.shape = place.shape,
                  .pixels = std::span(bytes).subspan(static_cast<size_t>(place.offset - first.offset),
                                                     static_cast<size_t>(place.shape.bytes()))});
    }
  }
}

void PackedImages::verify(const fs::path& pack) {
  const PackedImages images(pack);
  const int64_t size = images.file_->size();
  std::vector<uint8_t> bytes;
  Sha256 sha;
  for (int64_t at = kPackHeader; at < size; at += std::ssize(bytes)) {
    bytes.resize(static_cast<size_t>(std::min(kAtOnce, size - at)));
    images.file_->read(at, bytes);
    sha.add(std::as_bytes(std::span(bytes)));
  }
  bytes.resize(24);
  images.file_->read(8, bytes);
  const std::string found = hex(sha.add(std::as_bytes(std::span(bytes))).finish());
  if (found == images.digest_) return;
  throw InputError(pack.string() + ": its content has SHA-256 " + found + ", its header says " + images.digest_ +
                   "; make the pack again");
}

}  // namespace nlb
