#include "formats/zip_index.h"

#include <zlib.h>

#include <algorithm>

#include "core/error.h"
#include "core/little_endian.h"
#include "formats/archive.h"

namespace nlb {
namespace {

constexpr std::string_view kLocal("PK\x03\x04", 4), kEntry("PK\x01\x02", 4), kEnd("PK\x05\x06", 4),
    kEnd64("PK\x06\x06", 4), kLocator("PK\x06\x07", 4);
constexpr size_t kEndBytes = 22, kLocatorBytes = 20, kMostComment = 65535;
constexpr uint64_t kIn64 = 0xFFFFFFFF;  // the number is in the ZIP64 field
constexpr uint16_t kField64 = 1;

class Directory {
 public:
  Directory(std::string_view bytes, const std::string& place) : bytes_(bytes), place_(place) {}

  std::vector<ZipMember> read() const {
    auto [at, count] = begin();
    std::vector<ZipMember> members;
    for (; count > 0; --count) members.push_back(entry(at));
    return members;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw InputError(place_ + ": not a sound zip: " + what); }

  std::string_view piece(uint64_t at, uint64_t count) const {
    if (at > bytes_.size() || count > bytes_.size() - at) fail("its directory leads outside the file");
    return bytes_.substr(at, count);
  }
  uint64_t number(uint64_t at, size_t width) const {
    uint64_t value = 0;
    const auto text = piece(at, width);
    for (size_t i = width; i-- > 0;) value = value << 8 | static_cast<uint8_t>(text[i]);
    return value;
  }

  /// Where the directory begins, and how many members it names.
  std::pair<uint64_t, uint64_t> begin() const {
    const size_t from = bytes_.size() < kEndBytes + kMostComment ? 0 : bytes_.size() - kEndBytes - kMostComment;
    const size_t end = bytes_.substr(from).rfind(kEnd);
    if (end == std::string_view::npos)
      throw InputError(place_ + ": the zip is cut off: the directory at its end is missing");
    const uint64_t at = from + end;
    if (at >= kLocatorBytes && piece(at - kLocatorBytes, 4) == kLocator) {
      const uint64_t wide = number(at - kLocatorBytes + 8, 8);
      if (piece(wide, 4) != kEnd64) fail("its ZIP64 directory is missing");
      return {number(wide + 48, 8), checked_count(number(wide + 32, 8))};
    }
    return {number(at + 16, 4), checked_count(number(at + 10, 2))};
  }

  uint64_t checked_count(uint64_t count) const {
    constexpr uint64_t kEntryBytes = 46;
    if (count > bytes_.size() / kEntryBytes) fail("its directory promises " + std::to_string(count) + " members");
    return count;
  }

  /// The member whose entry begins at `at`, which moves to the next one.
  ZipMember entry(uint64_t& at) const {
    if (piece(at, 4) != kEntry) fail("an entry of its directory is missing");
    constexpr uint64_t kFixed = 46;
    const uint64_t flags = number(at + 8, 2), method = number(at + 10, 2);
    const uint64_t name = number(at + 28, 2), extra = number(at + 30, 2), comment = number(at + 32, 2);
    ZipMember member{.name = std::string(piece(at + kFixed, name)), .offset = 0, .bytes = 0, .compressed = method != 0};
    if ((flags & 1U) != 0) fail(member.name + " is encrypted");
    const uint64_t sizes[] = {number(at + 24, 4), number(at + 20, 4), number(at + 42, 4)};
    uint64_t values[] = {sizes[0], sizes[1], sizes[2]};  // content, stored, local header
    uint64_t field = field64(at + kFixed + name, extra);
    for (size_t i = 0; i < std::size(values); ++i) {
      if (sizes[i] != kIn64) continue;
      if (field == 0) fail(member.name + " lacks its ZIP64 field");
      values[i] = number(field, 8);
      field += 8;
    }
    const uint64_t local = values[2];
    if (piece(local, 4) != kLocal) fail(member.name + " does not begin where its directory says");
    const uint64_t begin = local + 30 + number(local + 26, 2) + number(local + 28, 2);
    member.bytes = piece(begin, values[1]).size();
    member.offset = begin;
    if (!member.compressed && values[0] != values[1]) fail(member.name + " has two lengths");
    at += kFixed + name + extra + comment;
    return member;
  }

  /// Where the ZIP64 numbers of an entry begin; 0: it has none.
  uint64_t field64(uint64_t at, uint64_t bytes) const {
    for (const uint64_t end = at + bytes; at + 4 <= end; at += 4 + number(at + 2, 2)) {
      if (number(at, 2) == kField64) return at + 4;
    }
    return 0;
  }

  std::string_view bytes_;
  const std::string& place_;
};

/// What an entry of the directory and a local header have in common.
std::string common_header(const ArchiveMember& member) {
  const auto size = static_cast<uint64_t>(member.content.size());
  NLB_CHECK(size < kIn64, "members of 4 GB and more are not written");
  std::string bytes;
  constexpr uint64_t kVersion = 20, kFirstOfJanuary1980 = 0x21;
  append_little_endian(bytes, kVersion, 2);
  append_little_endian(bytes, 0, 4);  // flags, method: stored
  append_little_endian(bytes, 0, 2);
  append_little_endian(bytes, kFirstOfJanuary1980, 2);
  append_little_endian(bytes, crc32_z(0, reinterpret_cast<const Bytef*>(member.content.data()), member.content.size()),
                       4);
  append_little_endian(bytes, size, 4);
  append_little_endian(bytes, size, 4);
  append_little_endian(bytes, member.name.size(), 2);
  append_little_endian(bytes, 0, 2);  // no extra fields
  return bytes;
}

}  // namespace

std::vector<ZipMember> zip_index(std::string_view bytes, const std::string& place) {
  return Directory(bytes, place).read();
}

std::string zip_of(const std::vector<ArchiveMember>& members) {
  std::string bytes, directory;
  constexpr uint64_t kVersion = 20;
  for (const ArchiveMember& member : members) {
    const std::string common = common_header(member);
    directory += kEntry;
    append_little_endian(directory, kVersion, 2);
    directory += common;
    append_little_endian(directory, 0, 6);  // no comment, first disk, no text
    append_little_endian(directory, 0, 4);
    append_little_endian(directory, bytes.size(), 4);
    directory += member.name;
    bytes += kLocal;
    bytes += common + member.name + member.content;
  }
  const size_t begin = bytes.size();
  NLB_CHECK(begin + directory.size() < kIn64, "zips of 4 GB and more are not written");
  bytes += directory;
  bytes += kEnd;
  append_little_endian(bytes, 0, 4);
  append_little_endian(bytes, members.size(), 2);
  append_little_endian(bytes, members.size(), 2);
  append_little_endian(bytes, directory.size(), 4);
  append_little_endian(bytes, begin, 4);
  append_little_endian(bytes, 0, 2);
  return bytes;
}

}  // namespace nlb
