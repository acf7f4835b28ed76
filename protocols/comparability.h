// protocols/comparability.h -- what stands between a printed value and a measured one, in words: data-side differences
// of groups, values that are not comparable, sources that conflict, copies.
#pragma once

#include "protocols/protocol.h"

namespace nlb {

/// Data-side conditions of `group` that differ from those of `other`, one phrase each, the other's in brackets; empty
/// where a value of one may stand beside a value of the other.
std::vector<std::string> data_differences(const Group& group, const Group& other);

/// One line of what is special about a row's published values.
struct Caveat {
  enum class Kind { conflict, not_comparable, conditions_unknown, recalled, copies };
  Kind kind = Kind::conflict;
  std::string row, text;
};

/// Conflicts as ranges, named differences, unknown conditions, values that are only recalled, and quoted copies, in
/// order of the rows. Columns with the same caveat share one line.
std::vector<Caveat> caveats(const Group& group);

/// "gce of main above ce in 0.2 0.4", as a claim says it.
std::string claim_text(const Claim& claim);

}  // namespace nlb
