// nets/host_norm.h -- batch norm's passes on a CPU over all threads of the process. The bits do not depend on how many
// there are: parts of rows are fixed, and their sums are added in order.
#pragma once

#include "kernels/norm.h"

namespace nlb {

/// As norm_forward_cpu, norm_evaluate_cpu and norm_backward_cpu of kernels/norm.h, which serve the channels that are no
/// multiple of a register.
void host_norm_forward(const NormForward<float>& how);
void host_norm_evaluate(const NormForward<float>& how);
void host_norm_backward(const NormBackward<float>& how);

}  // namespace nlb
