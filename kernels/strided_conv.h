// kernels/strided_conv.h -- 3x3 convolutions of stride 2 with 81 multiplications in place of 144 for 4x4 outputs.
//
// A map's rows and columns of even and of odd number are four maps, its phases. An output of stride 2 is the sum of
// four convolutions of stride 1: of the phase (even, even) with one weight, of the two mixed ones with two, of (odd,
// odd) with 2x2. All four go by Winograd's F(4, 2) at the points +-1/2, +-3/2 and infinity (kernels/winograd.h), so
// their products add up before one transform brings them back; one weight has no product at infinity.
#pragma once

#include <cstdint>

#include "kernels/isa.h"
#include "kernels/winograd.h"

namespace nlb {

/// Padding 1. Activations lie as [images][height][width][channels]; height and width are even, `in` is a multiple of
/// kStridedIn and `out` of 16.
struct StridedShape {
  int64_t images = 0, height = 0, width = 0;  ///< of the input
  int64_t in = 0, out = 0;                    ///< channels
  int64_t out_height() const { return height / 2; }
  int64_t out_width() const { return width / 2; }
  int64_t tiles_down() const { return (out_height() + 3) / 4; }
  int64_t tiles_across() const { return (out_width() + 3) / 4; }
  int64_t tiles() const { return images * tiles_down() * tiles_across(); }
  int64_t depth() const { return 4 * in; }  ///< channels of all phases
};

inline constexpr int64_t kStridedFrequencies = 25, kStridedIn = 64;

/// As WinogradKernels, of which each function is the twin. Matrices that have [in] there have [depth()] here.
struct StridedKernels {
  /// weights [out][in][3][3] -> kStridedFrequencies * frequency_step(depth, out) values.
  void (*transform_weights)(const float* weights, int64_t out, int64_t in, float* transformed);
  void (*transform_weights_back)(const float* weights, int64_t out, int64_t in, float* transformed);
  /// scratch: kStridedFrequencies * (frequency_step(last - first, depth) + frequency_step(last - first, out)) values.
  void (*forward)(const StridedShape& shape, const float* input, const float* transformed, int64_t first, int64_t last,
                  float* scratch, float* output);
  /// gradient = that of the input, for tiles [first, last) of the slopes. As much scratch.
  void (*backward)(const StridedShape& shape, const float* slopes, const float* transformed, int64_t first,
                   int64_t last, float* scratch, float* gradient);
  void (*input_values)(const StridedShape& shape, const float* input, int64_t first, int64_t last, int64_t begin,
                       int64_t end, float* values);
  void (*slope_values)(const StridedShape& shape, const float* slopes, int64_t first, int64_t last, int64_t begin,
                       int64_t end, float* values);
  void (*add_products)(const StridedShape& shape, const float* inputs, const float* slopes, int64_t count,
                       int64_t begin, int64_t end, float* sums);
  void (*weight_gradient)(const float* sums, int64_t out, int64_t in, float* gradient);
};

/// Code for a set that the processor lacks must not be called.
const StridedKernels& strided_kernels(Isa isa = cpu_isa());

}  // namespace nlb
