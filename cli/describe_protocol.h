// cli/describe_protocol.h -- what nlbench describe says of a whole protocol.
#pragma once

#include "protocols/protocol.h"

namespace nlb {

/// Conditions, seeds, groups with their columns and rows, how the groups differ, what makes printed values not
/// comparable, sources that conflict, and the claims. On stdout.
void print_protocol(const Protocol& protocol);

}  // namespace nlb
