// formats/zip_index.h -- where the members of a zip lie, for those that are stored as they are: the arrays of numpy's
// .npz files, to be read where they lie. APPNOTE.TXT 6.3 parts 4.3 and 4.5.3.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/archive.h"

namespace nlb {

struct ZipMember {
  std::string name;
  size_t offset = 0, bytes = 0;  ///< of its content in the zip, as it is stored there
  bool compressed = false;       ///< `bytes` are not the content itself
};

/// All members, by the directory at the end alone, in its order. Looks at no content. Any bytes are allowed as input:
/// throws InputError for a zip that is cut off, encrypted, or whose directory names bytes outside it.
std::vector<ZipMember> zip_index(std::string_view bytes, const std::string& place);

/// A zip of members that are stored as they are, without times: equal members give equal bytes.
std::string zip_of(const std::vector<ArchiveMember>& members);

}  // namespace nlb
