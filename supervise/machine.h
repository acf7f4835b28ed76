// supervise/machine.h -- this computer, as records name it and as a run may use it.
#pragma once

#include <string>
#include <vector>

#include "results/record.h"

namespace nlb {

Machine this_machine();  ///< gpu is left empty: the worker knows it
Build this_build();
int usable_cores();  ///< by affinity and control groups (supervise/control_groups.h), at least 1

/// Memory that can be had now. `group`: the control group that limits it, so that taking more gets processes killed; ""
/// where the machine itself is the limit.
struct FreeMemory {
  double bytes = 0;
  std::string group;
};
FreeMemory free_memory();

}  // namespace nlb
