// formats/archive.h -- members of zip and tar archives (plain or .gz), in memory or from a file. Nothing is ever
// unpacked to disk, so no archive can write outside its folder, whatever its names say.
#pragma once

#include <cstddef>
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

/// A .tar.gz of regular files, without names of people or times: equal members give equal bytes, with one version of
/// the library.
std::string tar_gz_of(const std::vector<ArchiveMember>& members);

}  // namespace nlb
