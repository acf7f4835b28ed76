// kernels/dropout_mask.h -- which elements a dropout layer keeps: a pure function of (key, step, layer, element).
#pragma once

#include <cstdint>

#include "core/draws.h"

namespace nlb {

/// Writes up to four elements of the mask, from element 4 * group on: 1 kept, 0 dropped with probability `rate`.
template <typename T>
NLB_HD inline void dropout_mask_group(Key key, uint64_t step, uint32_t layer, double rate, int64_t group, int64_t count,
                                      T* mask) {
  const Words4 words = draw(key, step, static_cast<uint64_t>(group), layer);
  for (int64_t lane = 0; lane < 4 && 4 * group + lane < count; ++lane) {
    mask[4 * group + lane] = static_cast<double>(unit_float(words.word[lane])) >= rate ? T(1) : T(0);
  }
}

/// mask [count], all of it.
void dropout_mask_cpu(Key key, uint64_t step, uint32_t layer, double rate, int64_t count, float* mask);

}  // namespace nlb
