// kernels/host_norm.h -- kernels/norm.h on a CPU at the speed of its memory: parts of rows by wide registers, for
// several threads. Sums are float over a few rows, then double, so that the error of a mean does not grow with the map.
//
// Rows are [N, H, W] and memory is [rows, channels]; channels are a multiple of `lanes`. Pointers may be null where
// norm.h says so.
#pragma once

#include <cstdint>

#include "kernels/isa.h"
#include "kernels/norm.h"

namespace nlb {

/// Rows that are added up by one call; a channel's sums are those of all parts in their order.
inline constexpr int64_t kHostNormRows = 1024;

struct HostNormKernels {
  int64_t lanes;
  /// Rows [first, last): writes how.sum where `before` is given; totals[c] = sum of d, totals[channels + c] = sum of d
  /// * d with d = s - shift[c].
  void (*forward_sums)(const NormForward<float>& how, const float* shift, int64_t first, int64_t last, double* totals);
  /// Rows [first, last) of y by how.mean and how.inverse. `adds`: s is x + before, and is written to how.sum; else s is
  /// how.sum where there is one.
  void (*forward_values)(const NormForward<float>& how, bool adds, int64_t first, int64_t last);
  /// totals[c] = sum of what passes the activation, totals[channels + c] = sum of that times s - mean.
  void (*backward_sums)(const NormBackward<float>& how, int64_t first, int64_t last, double* totals);
  /// mean[c], slope[c]: what is subtracted of the passing gradient, and of s - mean.
  void (*backward_values)(const NormBackward<float>& how, const float* mean, const float* slope, int64_t first,
                          int64_t last);
};

/// Code for a set that the processor lacks must not be called.
const HostNormKernels& host_norm_kernels(Isa isa = cpu_isa());

}  // namespace nlb
