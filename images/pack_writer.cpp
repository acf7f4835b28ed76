#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"
#include "core/little_endian.h"
#include "core/sha256.h"
#include "images/pack_layout.h"
#include "images/packed_images.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBuffered = size_t{1} << 20;

std::string bytes_of(const ImageShape& shape) {
  std::string bytes;
  for (const int64_t side : {shape.channels, shape.height, shape.width}) {
    NLB_CHECK(side > 0 && side <= UINT32_MAX, "a side of an image of a pack");
    append_little_endian(bytes, static_cast<uint64_t>(side), 4);
  }
  return bytes;
}

}  // namespace

struct PackWriter::State {
  fs::path path, part;
  int descriptor = -1;
  std::string waiting;
  Sha256 sha;
  uint64_t count = 0;
  std::string first_shape, shapes;
  bool varied = false;

  [[noreturn]] void fail(const std::string& step) const {
    throw EnvironmentError(part.string() + ": " + step + ": " + std::strerror(errno));
  }

  void write_out(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto wrote = ::write(descriptor, bytes.data(), bytes.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) fail("write");
      bytes.remove_prefix(static_cast<size_t>(wrote));
    }
  }

  void append(std::string_view bytes) {
    sha.add(bytes);
    waiting += bytes;
    if (waiting.size() < kBuffered) return;
    write_out(waiting);
    waiting.clear();
  }
};

PackWriter::PackWriter(fs::path path) : state_(std::make_unique<State>()) {
  state_->part = path.string() + ".part";
  state_->path = std::move(path);
  state_->descriptor = ::open(state_->part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (state_->descriptor < 0) state_->fail("open");
  state_->write_out(std::string(static_cast<size_t>(kPackHeader), '\0'));  // known when all images are there
}

PackWriter::~PackWriter() {
  if (!state_ || state_->descriptor < 0) return;
  ::close(state_->descriptor);
  std::error_code ignored;
  fs::remove(state_->part, ignored);
}

void PackWriter::add(const ImageView& image) {
  NLB_CHECK(image.shape.bytes() == std::ssize(image.pixels), "an image has the pixels of its shape");
  const std::string shape = bytes_of(image.shape);
  if (state_->count++ == 0) state_->first_shape = shape;
  state_->varied = state_->varied || shape != state_->first_shape;
  state_->shapes += shape;
  state_->append({reinterpret_cast<const char*>(image.pixels.data()), image.pixels.size()});
}

std::string PackWriter::finish() {
  State& state = *state_;
  if (state.varied) state.append(state.shapes);
  std::string numbers;
  append_little_endian(numbers, state.count, 8);
  numbers += state.varied || state.count == 0 ? std::string(kPackShape, '\0') : state.first_shape;
  append_little_endian(numbers, 0, 4);
  const Digest digest = state.sha.add(numbers).finish();
  state.write_out(state.waiting);
  std::string header(kPackMagic);
  header += numbers;
  header.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  if (::pwrite(state.descriptor, header.data(), header.size(), 0) != std::ssize(header)) state.fail("write");
  if (::fsync(state.descriptor) != 0) state.fail("sync");
  if (::rename(state.part.c_str(), state.path.c_str()) != 0) state.fail("rename");
  ::close(state.descriptor);
  state.descriptor = -1;
  return hex(digest);
}

}  // namespace nlb
