// protocols/source_places.h -- values whose source names a file but no place in it: nobody can look them up, and nobody
// notices that the file holds something else.
#pragma once

#include <string>
#include <vector>

#include "protocols/protocol.h"

namespace nlb {

/// True where `source` names a file as "owner/repo:path" and the place is missing: no line ("path:27", "path:27-49,
/// 112") and no key ("path#trainer/epochs") follows the path. A source that starts with "ours" is not looked up.
bool lacks_place(const std::string& source);

/// Values of one row that share such a source.
struct UnplacedSource {
  std::string row, source;
  std::vector<std::string> values;  ///< JSON pointers into to_json(TrialSpec), in their order
};

/// Of the rows of `group` that run or are planned, in their order; sources in order of their first value.
std::vector<UnplacedSource> unplaced_sources(const Group& group);

}  // namespace nlb
