// kernels/no_cuda.h -- what the launchers of a build without CUDA do.
#pragma once

#include "core/error.h"

namespace nlb {

[[noreturn]] inline void refuse_cuda() {
  throw EnvironmentError("this build has no CUDA kernels: build it with NLB_CUDA=on");
}

}  // namespace nlb
