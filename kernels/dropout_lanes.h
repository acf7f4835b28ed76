// kernels/dropout_lanes.h -- dropout's draws by wide registers: the bits of kernels/dropout_mask.h, many groups of four
// elements at a time.
#pragma once

#include <cstdint>

#include "kernels/isa.h"

namespace nlb {

/// What a layer draws at one step. Groups are below 2^32.
struct DropoutDraws {
  uint32_t key[2];
  uint64_t step;
  uint32_t layer;
  uint32_t least;  ///< kept is an element whose word's upper 24 bits reach it
};

/// Groups, and channels, come in multiples of this.
inline constexpr int64_t kDropoutLanes = 16;

struct DropoutLaneKernels {
  /// mask [4 * groups]: 1 or 0 for each element of groups [first, first + groups).
  void (*mask)(const DropoutDraws& draws, int64_t first, int64_t groups, float* mask);
  /// output = input * mask * scale for a sample of [places, channels], 4 places of a channel to a group, the groups of
  /// channel 0 from `first` on.
  void (*sample)(const DropoutDraws& draws, int64_t first, int64_t places, int64_t channels, float scale,
                 const float* input, float* output);
};

/// Code for a set that the processor lacks must not be called.
const DropoutLaneKernels& dropout_lane_kernels(Isa isa = cpu_isa());

}  // namespace nlb
