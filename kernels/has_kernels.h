// kernels/has_kernels.h -- which launchers this build has.
#pragma once

namespace nlb {

/// Whether the launchers called ..._cuda are kernels (has_kernels.cu) or refuse (no_cuda.cpp, no_cuda_layers.cpp).
bool has_cuda_kernels();

}  // namespace nlb
