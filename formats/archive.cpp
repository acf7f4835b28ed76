#include "formats/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "core/error.h"

namespace nlb {
namespace {

/// Gives libarchive part of a file, piece by piece, and passes over what it does not want.
class PartReader {
 public:
  explicit PartReader(const FilePart& part)
      : path_(part.path), descriptor_(::open(part.path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat state = {};
    if (descriptor_ < 0 || ::fstat(descriptor_, &state) != 0) fail();
    at_ = part.offset;
    end_ = part.bytes < 0 ? state.st_size : part.offset + part.bytes;
    if (end_ > state.st_size)
      throw InputError(path_.string() + ": ends at byte " + std::to_string(state.st_size) + ", inside an archive");
  }
  ~PartReader() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  PartReader(const PartReader&) = delete;
  PartReader& operator=(const PartReader&) = delete;

  int64_t end() const { return end_; }

  static la_ssize_t read(archive* /*reader*/, void* self, const void** bytes) {
    auto& part = *static_cast<PartReader*>(self);
    const auto wanted = std::min<int64_t>(std::ssize(part.buffer_), part.end_ - part.at_);
    const la_ssize_t got = ::pread(part.descriptor_, part.buffer_.data(), static_cast<size_t>(wanted), part.at_);
    part.at_ += std::max<la_ssize_t>(got, 0);
    *bytes = part.buffer_.data();
    return got;
  }

  static la_int64_t skip(archive* /*reader*/, void* self, la_int64_t count) {
    auto& part = *static_cast<PartReader*>(self);
    const la_int64_t passed = std::min<la_int64_t>(count, part.end_ - part.at_);
    part.at_ += passed;
    return passed;
  }

 private:
  [[noreturn]] void fail() const {
    throw EnvironmentError(path_.string() + ": cannot be opened: " + std::strerror(errno));
  }

  static constexpr size_t kHeaders = 4096;  // a few headers; what lies between them is passed over
  std::filesystem::path path_;
  int descriptor_;
  int64_t at_ = 0, end_ = 0;
  std::array<char, kHeaders> buffer_{};
};

/// One archive being read from its front to its back.
class Reader {
 public:
  explicit Reader(std::string place) : place_(std::move(place)), archive_(archive_read_new(), &archive_read_free) {
    NLB_CHECK(archive_ != nullptr, "libarchive does not start");
  }

  void open_zip(std::string_view bytes) {
    // By its directory at the end alone: what merely looks like a member before it is none.
    archive_read_support_format_zip_seekable(archive_.get());
    check(archive_read_open_memory(archive_.get(), bytes.data(), bytes.size()));
  }

  void open_tar(const std::filesystem::path& path) {
    constexpr size_t kBlock = size_t{1} << 18;
    archive_read_support_format_tar(archive_.get());
    archive_read_support_filter_gzip(archive_.get());
    check(archive_read_open_filename(archive_.get(), path.c_str(), kBlock));
  }

  void open_tar(PartReader& part) {
    archive_read_support_format_tar(archive_.get());
    check(archive_read_open2(archive_.get(), &part, nullptr, &PartReader::read, &PartReader::skip, nullptr));
  }

  /// Of the regular file that next() went to: where its bytes begin, from the beginning of what was opened, and how
  /// many they are.
  TarMember member() const {
    if (archive_entry_sparse_count(entry_) > 0) throw InputError(place_ + ": " + name() + " is a sparse file");
    return {name(), archive_filter_bytes(archive_.get(), -1), archive_entry_size(entry_)};
  }

  /// Goes to the next regular file; false at the end. Folders and links are passed over.
  bool next() {
    while (true) {
      const int status = archive_read_next_header(archive_.get(), &entry_);
      if (status == ARCHIVE_EOF) return false;
      if (status != ARCHIVE_WARN) check(status);  // a name in another character set is no harm
      const bool link = archive_entry_hardlink(entry_) != nullptr;
      if (archive_entry_filetype(entry_) == AE_IFREG && !link && archive_entry_pathname(entry_) != nullptr) return true;
    }
  }

  std::string name() const {
    std::string_view name = archive_entry_pathname(entry_);
    while (name.starts_with("./")) name.remove_prefix(2);  // as `tar -C FOLDER .` writes them
    return std::string(name);
  }

  /// The content, of a longer one limit + 1 bytes.
  std::string content(size_t limit) {
    if (archive_entry_is_data_encrypted(entry_) != 0) throw InputError(place_ + ": " + name() + " is encrypted");
    std::string bytes;
    std::array<char, size_t{1} << 16> buffer;
    while (bytes.size() <= limit) {
      const auto count = archive_read_data(archive_.get(), buffer.data(), buffer.size());
      if (count < 0) check(static_cast<int>(count));
      if (count == 0) break;
      bytes.append(buffer.data(), std::min(static_cast<size_t>(count), limit + 1 - bytes.size()));
    }
    return bytes;
  }

 private:
  void check(int status) const {
    if (status == ARCHIVE_OK) return;
    const char* reason = archive_error_string(archive_.get());
    throw InputError(place_ + ": not a sound archive: " + (reason != nullptr ? reason : "no reason given"));
  }

  std::string place_;
  std::unique_ptr<archive, decltype(&archive_read_free)> archive_;
  archive_entry* entry_ = nullptr;
};

la_ssize_t append_to(archive* /*self*/, void* text, const void* bytes, size_t count) {
  static_cast<std::string*>(text)->append(static_cast<const char*>(bytes), count);
  return static_cast<la_ssize_t>(count);
}

}  // namespace

std::vector<ArchiveMember> read_zip(std::string_view bytes, const std::string& place, size_t limit) {
  if (bytes.find("PK\x05\x06") == std::string_view::npos) {
    throw InputError(place + ": the zip is cut off: the directory at its end is missing");
  }
  Reader reader(place);
  reader.open_zip(bytes);
  std::vector<ArchiveMember> members;
  size_t left = limit;
  while (reader.next()) {
    std::string content = reader.content(left);
    if (content.size() > left) {
      throw InputError(place + ": holds more than " + std::to_string(limit) + " bytes; no label file is so large");
    }
    left -= content.size();
    members.push_back({reader.name(), std::move(content)});
  }
  return members;
}

void visit_tar(const std::filesystem::path& path, const std::function<size_t(const std::string& name)>& wanted,
               const std::function<void(ArchiveMember member)>& take) {
  Reader reader(path.string());
  reader.open_tar(path);
  while (reader.next()) {
    const std::string name = reader.name();
    if (const size_t limit = wanted(name); limit > 0) take({name, reader.content(limit)});
  }
}

std::vector<TarMember> tar_index(const FilePart& tar) {
  PartReader part(tar);
  Reader reader(tar.path.string());
  reader.open_tar(part);
  std::vector<TarMember> members;
  while (reader.next()) {
    members.push_back(reader.member());
    members.back().offset += tar.offset;
    if (members.back().bytes <= part.end() - members.back().offset) continue;
    throw InputError(tar.path.string() + ": ends inside " + members.back().name);
  }
  return members;
}

std::string tar_gz_of(const std::vector<ArchiveMember>& members) {
  std::string bytes;
  const std::unique_ptr<archive, decltype(&archive_write_free)> writer(archive_write_new(), &archive_write_free);
  const auto check = [&](la_ssize_t status) { NLB_CHECK(status >= ARCHIVE_OK, archive_error_string(writer.get())); };
  check(archive_write_set_format_ustar(writer.get()));
  check(archive_write_add_filter_gzip(writer.get()));
  check(archive_write_set_options(writer.get(), "gzip:!timestamp"));
  check(archive_write_open2(writer.get(), &bytes, nullptr, &append_to, nullptr, nullptr));
  constexpr int kMode = 0644;
  for (const ArchiveMember& member : members) {
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(), &archive_entry_free);
    archive_entry_set_pathname(entry.get(), member.name.c_str());
    archive_entry_set_size(entry.get(), std::ssize(member.content));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), kMode);
    check(archive_write_header(writer.get(), entry.get()));
    check(archive_write_data(writer.get(), member.content.data(), member.content.size()));
  }
  check(archive_write_close(writer.get()));
  return bytes;
}

}  // namespace nlb
