// kernels/resize_lanes.h -- the two passes of kernels/resize.h, compiled once per instruction set: pointers and sizes.
#pragma once

#include <cstdint>

#include "kernels/isa.h"

namespace nlb {

/// How much each source pixel of a line counts for each of the `out` new ones, in 1/2^22. A weight is
/// 2048 * high + low with 0 <= low < 2048: products with bytes, two at a time, are exact in 32 bits.
struct ResizeTaps {
  int64_t out = 0;
  int64_t taps = 0;                ///< of each new pixel, an even number; those it does not need have weight 0
  const int32_t* first = nullptr;  ///< [out] the source pixel of tap 0
  const int32_t* count = nullptr;  ///< [out] taps that lie inside the source; the others are never read
  const int16_t* high = nullptr;   ///< [out][taps]
  const int16_t* low = nullptr;    ///< [out][taps]
};

/// Pixels [height, width, channels], lines `stride` bytes apart.
struct PixelLines {
  const uint8_t* pixels = nullptr;
  int64_t height = 0, width = 0, stride = 0;
};

/// One thread each; all sets give the same bytes. Code for a set that the processor lacks must not be called.
struct ResizeKernels {
  /// to [height][across.out][channels], lines `to_stride` bytes apart. channels: 1 or 3.
  void (*along_lines)(const PixelLines& from, int64_t channels, const ResizeTaps& across, uint8_t* to,
                      int64_t to_stride);
  /// to [down.out][width]. Whatever the channels: bytes beside one another are not mixed.
  void (*along_columns)(const PixelLines& from, const ResizeTaps& down, uint8_t* to, int64_t to_stride);
};
const ResizeKernels& resize_kernels(Isa isa = cpu_isa());

}  // namespace nlb
