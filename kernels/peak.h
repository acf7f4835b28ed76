// kernels/peak.h -- the highest rate of single-precision multiply-adds that one core reaches: what a training step's
// speed is measured against, and what a guess of a trial's time starts from.
#pragma once

#include <cstdint>

#include "kernels/isa.h"

namespace nlb {

/// Independent chains of fused multiply-adds over full registers; where the set has none, a product and a sum.
struct PeakKernels {
  float (*chains)(float start);  ///< the result keeps the work from being dropped
  int64_t multiply_adds;         ///< of one call, about 10 microseconds' worth
};
const PeakKernels& peak_kernels(Isa isa = cpu_isa());

/// Multiply-adds a second of the calling thread: the best of the bursts that fit into `seconds`, so that a neighbour on
/// the core takes nothing away.
double multiply_add_peak(double seconds);

}  // namespace nlb
