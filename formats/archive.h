// formats/archive.h -- members of zip and tar archives (plain or .gz), in memory or from a file. Nothing is ever
// unpacked to disk, so no archive can write outside its folder, whatever its names say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nlb {

struct ArchiveMember {
  std::string name, content;
};

/// All regular files of a zip. Throws InputError when it is no zip, cut off, broken, encrypted, or when its content is
/// longer than `limit` in all (a small file may hold very much).
std::vector<ArchiveMember> read_zip(std::string_view bytes, const std::string& place, size_t limit);

/// Goes through a .tar or .tar.gz once, in its order. `wanted` says for a name (without a leading "./") how many bytes
/// are read at most (0: the member is passed over); `take` gets each wanted regular file (a longer one cut to one byte
/// more than that). Throws InputError as read_zip does.
void visit_tar(const std::filesystem::path& path, const std::function<size_t(const std::string& name)>& wanted,
               const std::function<void(ArchiveMember member)>& take);

/// Where the bytes of a regular file lie inside a tar.
struct TarMember {
  std::string name;  ///< without a leading "./"
  int64_t offset = 0, bytes = 0;
};

/// Part of a file: a tar that lies inside another, as the class archives of ILSVRC2012_img_train.tar do.
struct FilePart {
  std::filesystem::path path;
  int64_t offset = 0;
  int64_t bytes = -1;  ///< -1: to the end
};

/// The regular files of a tar that is not compressed, in its order, to be read where they lie: of shards and archives
/// of images that nobody wants to unpack. Offsets count from the beginning of the file. Reads the headers alone. Throws
/// EnvironmentError where the file cannot be read, InputError where it is no plain tar, is cut off, or has a sparse
/// member.
std::vector<TarMember> tar_index(const FilePart& tar);

/// A .tar.gz of regular files, without names of people or times: equal members give equal bytes, with one version of
/// the library.
std::string tar_gz_of(const std::vector<ArchiveMember>& members);

}  // namespace nlb
