// kernels/dropout_samples.h -- dropout_cpu of kernels/dropout_mask.h by wide registers, for several threads.
#pragma once

#include "kernels/dropout_mask.h"

namespace nlb {

/// Whether wide registers take this: channels last, whole registers of channels, four elements of a group in one plane.
bool has_dropout_lanes(const DropoutShape& shape);
/// Samples [first, last) in the bits of dropout_cpu; only of a shape that has lanes.
void dropout_samples_cpu(const DropoutDraw& how, const DropoutShape& shape, int64_t first, int64_t last,
                         const float* input, float* out);

}  // namespace nlb
