// cli/machine.h -- this computer, as records name it and as a run may use it.
#pragma once

#include <string>
#include <vector>

#include "results/record.h"

namespace nlb {

Machine this_machine();  ///< gpu is left empty: the worker knows it
Build this_build();
int usable_cores();        ///< by affinity and control group, at least 1
double available_bytes();  ///< memory that can be had now, control group included
int gpu_count();           ///< NVIDIA device files; says nothing on whether the worker can use them

}  // namespace nlb
