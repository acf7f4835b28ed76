// reports/pages/draws_line.h -- what the ± of a group's cells is a deviation over.
#pragma once

#include <string>

#include "protocols/protocol.h"

namespace nlb {

/// Which draws vary with the seed, at which settings, and which are one for all.
std::string draws_line(const Protocol& protocol, const Group& group);

}  // namespace nlb
