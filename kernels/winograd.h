// kernels/winograd.h -- 3x3 convolutions of stride 1 with a quarter of the multiplications: Winograd's F(4x4, 3x3),
// Lavin & Gray, CVPR 2016, arXiv:1509.09308. A tile of 6x6 inputs gives 4x4 outputs by 36 products in place of 144.
//
// Interpolation points 0, +-3/4, +-3/2 and infinity: their powers are exact in float, and they lose two to five times
// less than 0, +-1, +-2 (Vincent et al., ICLR workshop 2017).
#pragma once

#include <cstdint>

#include "kernels/isa.h"

namespace nlb {

/// Activations lie as [images][height][width][channels]; `in` and `out` are multiples of `lanes`.
struct WinogradShape {
  int64_t images = 0, height = 0, width = 0;  ///< of the input
  int64_t in = 0, out = 0;                    ///< channels
  int64_t padding = 1;                        ///< zeros around the input: 0, 1 or 2
  int64_t out_height() const { return height + 2 * padding - 2; }
  int64_t out_width() const { return width + 2 * padding - 2; }
  int64_t tiles_down() const { return (out_height() + 3) / 4; }
  int64_t tiles_across() const { return (out_width() + 3) / 4; }
  int64_t tiles() const { return images * tiles_down() * tiles_across(); }
};

inline constexpr int64_t kFrequencies = 36;

/// Values from one frequency to the next where each has [rows][columns] (in an order of the kernels' own): an odd
/// number of cache lines, since 36 streams whose distance is a power of two would share a few sets of a cache.
constexpr int64_t frequency_step(int64_t rows, int64_t columns) { return ((rows * columns + 15) / 16 | 1) * 16; }

/// Tiles are numbered by image, row and column. Calls for separate ranges of tiles may run on separate threads: a
/// tile's numbers do not depend on the range that it is computed in.
template <typename T>
struct WinogradKernels {
  int64_t lanes;

  /// Values of transformed weights: kFrequencies * frequency_step(in, out).
  /// weights [out][in][3][3] -> transformed, for a forward pass over `in` channels.
  void (*transform_weights)(const T* weights, int64_t out, int64_t in, T* transformed);
  /// The same weights turned by 180 degrees with channels exchanged: what the gradient of the input is convolved with,
  /// as a forward pass over `out` channels with padding 2 - padding.
  void (*transform_weights_back)(const T* weights, int64_t out, int64_t in, T* transformed);

  /// output = convolution of input, tiles [first, last), + bias [out] (null: none). scratch: kFrequencies *
  /// (frequency_step(last - first, in) + frequency_step(last - first, out)) values.
  void (*forward)(const WinogradShape& shape, const T* input, const T* transformed, const T* bias, int64_t first,
                  int64_t last, T* scratch, T* output);

  // The gradient of the weights goes block of tiles by block, in their order. Of one block [first, last) the values of
  // its tiles may be made by several threads, then its products: each a range of its own.
  /// Frequencies of tiles [begin, end) of the block: kFrequencies * frequency_step(last - first, in) values.
  void (*input_values)(const WinogradShape& shape, const T* input, int64_t first, int64_t last, int64_t begin,
                       int64_t end, T* values);
  /// Those of the gradient of the output: kFrequencies * frequency_step(last - first, out) values.
  void (*slope_values)(const WinogradShape& shape, const T* slopes, int64_t first, int64_t last, int64_t begin,
                       int64_t end, T* values);
  /// sums += inputs' times slopes, added up over `count` tiles, for frequencies [begin, end): kFrequencies *
  /// frequency_step(in, out) sums.
  void (*add_products)(const WinogradShape& shape, const T* inputs, const T* slopes, int64_t count, int64_t begin,
                       int64_t end, T* sums);
  /// gradient [out][in][3][3] += sums brought back.
  void (*weight_gradient)(const T* sums, int64_t out, int64_t in, T* gradient);
};

/// T: float or double. Code for a set that the processor lacks must not be called.
template <typename T>
const WinogradKernels<T>& winograd_kernels(Isa isa = cpu_isa());
template <>
const WinogradKernels<float>& winograd_kernels(Isa isa);
template <>
const WinogradKernels<double>& winograd_kernels(Isa isa);

}  // namespace nlb
