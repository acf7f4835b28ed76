// Compiled once per instruction set, NLB_ISA naming it: see kernels/isa.h and kernels/lanes.h.
#include "kernels/conv_stage.h"
#include "kernels/lanes.h"

namespace nlb::NLB_ISA {
namespace {

constexpr int64_t kPoolWidth = 2;

// ---- convolution: a tile of OUT channels times COLUMNS pixels stays in registers while the kernel's window passes
// over it

/// Widths of a tile. Registers hold OUT * COLUMNS sums, COLUMNS pixels and one weight.
struct Tile {
  int64_t out, columns;
};

constexpr Tile tile_for(int64_t out, int64_t columns) {
  if (out % 4 == 0) {
    if (!kManyRegisters) return {4, 3};
    return (columns + 4) / 5 * 5 < (columns + 3) / 4 * 4 ? Tile{4, 5} : Tile{4, 4};
  }
  if (out % 6 == 0) {
    if (!kManyRegisters) return {6, 2};
    return (columns + 4) / 5 * 5 < (columns + 3) / 4 * 4 ? Tile{3, 5} : Tile{6, 4};
  }
  return {1, 4};
}

/// Padded planes in memory.
template <typename T>
struct Planes {
  const Lanes<T>* values;
  int64_t channels, height, width;
};

template <typename T, int OUT, int COLUMNS, int KERNEL>
[[gnu::always_inline]] inline void window_sums(const Planes<T>& input, const Lanes<T>* corner, const T* packed,
                                               Lanes<T> (&sums)[OUT][COLUMNS]) {
  for (int64_t channel = 0; channel < input.channels; ++channel) {
    const Lanes<T>* line = corner + channel * input.height * input.width;
    for (int64_t ky = 0; ky < KERNEL; ++ky, line += input.width) {
#pragma GCC unroll 5
      for (int64_t kx = 0; kx < KERNEL; ++kx, packed += OUT) {
        Lanes<T> pixels[COLUMNS];
#pragma GCC unroll 8
        for (int x = 0; x < COLUMNS; ++x) pixels[x] = line[kx + x];
#pragma GCC unroll 8
        for (int o = 0; o < OUT; ++o) {
          const Lanes<T> weight = spread<T>(packed[o]);
#pragma GCC unroll 8
          for (int x = 0; x < COLUMNS; ++x) sums[o][x] = fma(weight, pixels[x], sums[o][x]);
        }
      }
    }
  }
}

/// One output line of all channels. The last tile ends at the line's end, overlapping the one before where they do not
/// divide it: the same values are written twice.
template <typename T, int OUT, int COLUMNS, int KERNEL, bool RELU>
void convolve_line(const Planes<T>& input, int64_t y, const T* packed, const T* bias, int64_t out, int64_t height,
                   int64_t width, T* result) {
  auto* const lines = reinterpret_cast<Lanes<T>*>(result);
  const int64_t packed_of_tile = OUT * input.channels * KERNEL * KERNEL;
  for (int64_t first = 0; first < out; first += OUT, packed += packed_of_tile) {
    for (int64_t done = 0; done < width; done += COLUMNS) {
      const int64_t x0 = done + COLUMNS <= width ? done : width - COLUMNS;
      Lanes<T> sums[OUT][COLUMNS];
#pragma GCC unroll 8
      for (int o = 0; o < OUT; ++o) {
        const Lanes<T> start = bias != nullptr ? spread<T>(bias[first + o]) : Lanes<T>{};
#pragma GCC unroll 8
        for (int x = 0; x < COLUMNS; ++x) sums[o][x] = start;
      }
      window_sums<T, OUT, COLUMNS, KERNEL>(input, input.values + y * input.width + x0, packed, sums);
#pragma GCC unroll 8
      for (int o = 0; o < OUT; ++o) {
        Lanes<T>* const line = lines + ((first + o) * height + y) * width + x0;
#pragma GCC unroll 8
        for (int x = 0; x < COLUMNS; ++x) line[x] = RELU ? larger<T>(sums[o][x], Lanes<T>{}) : sums[o][x];
      }
    }
  }
}

template <typename T>
using LineFunction = void (*)(const Planes<T>&, int64_t, const T*, const T*, int64_t, int64_t, int64_t, T*);

template <typename T, int KERNEL, bool RELU>
LineFunction<T> line_function(Tile tile) {
  if constexpr (kManyRegisters) {
    if (tile.out == 4 && tile.columns == 5) return convolve_line<T, 4, 5, KERNEL, RELU>;
    if (tile.out == 4) return convolve_line<T, 4, 4, KERNEL, RELU>;
    if (tile.out == 6) return convolve_line<T, 6, 4, KERNEL, RELU>;
    if (tile.out == 3) return convolve_line<T, 3, 5, KERNEL, RELU>;
  } else {
    if (tile.out == 4) return convolve_line<T, 4, 3, KERNEL, RELU>;
    if (tile.out == 6) return convolve_line<T, 6, 2, KERNEL, RELU>;
  }
  return convolve_line<T, 1, 4, KERNEL, RELU>;
}

/// packed: [out / tile][in][ky][kx][tile]. `at` gives the weight for (out, in, ky, kx).
template <typename T, typename At>
void pack_tiles(int64_t out, int64_t in, int64_t kernel, int64_t tile, T* packed, At at) {
  for (int64_t first = 0; first < out; first += tile) {
    for (int64_t i = 0; i < in; ++i) {
      for (int64_t tap = 0; tap < kernel * kernel; ++tap) {
        for (int64_t o = 0; o < tile; ++o) *packed++ = at(first + o, i, tap);
      }
    }
  }
}

template <typename T>
void pack(const ConvStage& stage, const T* weights, T* packed) {
  const int64_t taps = stage.kernel * stage.kernel;
  const int64_t tile = tile_for(stage.out, stage.conv_width()).out;
  pack_tiles(stage.out, stage.in, stage.kernel, tile, packed,
             [=](int64_t o, int64_t i, int64_t tap) { return weights[(o * stage.in + i) * taps + tap]; });
}

/// The gradient of the input is a convolution of the gradient of the output with the kernel turned round, channels
/// exchanged.
template <typename T>
void pack_flipped(const ConvStage& stage, const T* weights, T* packed) {
  const int64_t taps = stage.kernel * stage.kernel;
  const int64_t tile = tile_for(stage.in, stage.width).out;
  pack_tiles(stage.in, stage.out, stage.kernel, tile, packed,
             [=](int64_t i, int64_t o, int64_t tap) { return weights[(o * stage.in + i) * taps + taps - 1 - tap]; });
}

// ---- pooling

template <typename T>
void pool_lines(const ConvStage& stage, const T* convolved, int64_t y, LanePlanes<T> pooled) {
  const int64_t height = stage.conv_height(), width = stage.conv_width();
  const bool average = stage.pool == ConvStage::Pool::average_of_relu;
  const Lanes<T> quarter = spread<T>(T(0.25));
  for (int64_t channel = 0; channel < stage.out; ++channel) {
    const auto* upper = reinterpret_cast<const Lanes<T>*>(convolved) + (channel * height + y) * width;
    const auto* lower = upper + width;
    auto* out =
        reinterpret_cast<Lanes<T>*>(pooled.values) + (channel * pooled.height + y / 2) * pooled.width * pooled.step;
    for (int64_t x = 0; x < width; x += kPoolWidth, out += pooled.step) {
      *out = average ? (upper[x] + upper[x + 1] + lower[x] + lower[x + 1]) * quarter
                     : larger<T>(larger<T>(larger<T>(upper[x], upper[x + 1]), larger<T>(lower[x], lower[x + 1])),
                                 Lanes<T>{});
    }
  }
}

template <typename T>
void forward(const ConvStage& stage, const T* input, const T* packed, const T* bias, T* convolved,
             LanePlanes<T> pooled) {
  const Planes<T> planes = {reinterpret_cast<const Lanes<T>*>(input), stage.in, stage.padded_height(),
                            stage.padded_width()};
  const int64_t height = stage.conv_height(), width = stage.conv_width();
  const Tile tile = tile_for(stage.out, width);
  const bool relu = stage.pool == ConvStage::Pool::average_of_relu;
  const auto line = stage.kernel == 5 ? (relu ? line_function<T, 5, true>(tile) : line_function<T, 5, false>(tile))
                                      : (relu ? line_function<T, 3, true>(tile) : line_function<T, 3, false>(tile));
  for (int64_t y = 0; y < height; y += 2) {
    line(planes, y, packed, bias, stage.out, height, width, convolved);
    line(planes, y + 1, packed, bias, stage.out, height, width, convolved);
    pool_lines(stage, convolved, y, pooled);
  }
}

template <typename T>
void input_gradient(const ConvStage& stage, const T* gradient, const T* packed_flipped, T* result) {
  const int64_t border = stage.kernel - 1 - stage.padding;
  const Planes<T> planes = {reinterpret_cast<const Lanes<T>*>(gradient), stage.out, stage.conv_height() + 2 * border,
                            stage.conv_width() + 2 * border};
  const Tile tile = tile_for(stage.in, stage.width);
  const auto line = stage.kernel == 5 ? line_function<T, 5, false>(tile) : line_function<T, 3, false>(tile);
  for (int64_t y = 0; y < stage.height; ++y) {
    line(planes, y, packed_flipped, nullptr, stage.in, stage.height, stage.width, result);
  }
}

/// What one 2x2 cell gets of its pooled value's gradient; the first of equal largest values takes all, as torch does.
template <typename T>
void cell_gradient(bool average, const Lanes<T>* upper, const Lanes<T>* lower, Lanes<T> gradient, Lanes<T>* top,
                   Lanes<T>* bottom) {
  const Lanes<T> zero = {};
  const Lanes<T>* from[] = {upper, upper + 1, lower, lower + 1};
  Lanes<T>* to[] = {top, top + 1, bottom, bottom + 1};
  if (average) {
    const Lanes<T> share = gradient * spread<T>(T(0.25));
    for (int i = 0; i < 4; ++i) *to[i] = *from[i] > zero ? share : zero;
    return;
  }
  const Lanes<T> most = larger<T>(larger<T>(*from[0], *from[1]), larger<T>(*from[2], *from[3]));
  Lanes<T> left = most > zero ? gradient : zero;
  for (int i = 0; i < 4; ++i) {
    *to[i] = *from[i] == most ? left : zero;
    left = *from[i] == most ? zero : left;
  }
}

template <typename T>
void pool_gradient(const ConvStage& stage, const T* convolved, const T* pooled_gradient, int64_t step, T* gradient,
                   T* bias_gradient) {
  const int64_t height = stage.conv_height(), width = stage.conv_width();
  const int64_t border = stage.kernel - 1 - stage.padding, wide = width + 2 * border;
  const bool average = stage.pool == ConvStage::Pool::average_of_relu;
  const auto* given = reinterpret_cast<const Lanes<T>*>(pooled_gradient);
  for (int64_t channel = 0; channel < stage.out; ++channel) {
    Lanes<T> total = {};
    for (int64_t y = 0; y < height; y += 2) {
      const auto* upper = reinterpret_cast<const Lanes<T>*>(convolved) + (channel * height + y) * width;
      auto* top =
          reinterpret_cast<Lanes<T>*>(gradient) + (channel * (height + 2 * border) + y + border) * wide + border;
      for (int64_t x = 0; x < width; x += 2, given += step) {
        cell_gradient<T>(average, upper + x, upper + width + x, *given, top + x, top + wide + x);
        total += (top[x] + top[x + 1]) + (top[wide + x] + top[wide + x + 1]);
      }
    }
    bias_gradient[channel] += sum<T>(total);
  }
}

// ---- gradient of the weights: OUT channels times a kernel's row of sums stay in registers along a line

template <typename T, int OUT, int KERNEL>
[[gnu::always_inline]] inline void line_products(const Lanes<T>* gradient, int64_t gradient_plane,
                                                 const Lanes<T>* input, int64_t width, Lanes<T> (*sums)[KERNEL]) {
  Lanes<T> local[OUT][KERNEL];
#pragma GCC unroll 8
  for (int o = 0; o < OUT; ++o) {
#pragma GCC unroll 5
    for (int k = 0; k < KERNEL; ++k) local[o][k] = sums[o][k];
  }
  for (int64_t x = 0; x < width; ++x) {
    Lanes<T> pixels[KERNEL];
#pragma GCC unroll 5
    for (int k = 0; k < KERNEL; ++k) pixels[k] = input[x + k];
#pragma GCC unroll 8
    for (int o = 0; o < OUT; ++o) {
      const Lanes<T> slope = gradient[o * gradient_plane + x];
#pragma GCC unroll 5
      for (int k = 0; k < KERNEL; ++k) local[o][k] = fma(slope, pixels[k], local[o][k]);
    }
  }
#pragma GCC unroll 8
  for (int o = 0; o < OUT; ++o) {
#pragma GCC unroll 5
    for (int k = 0; k < KERNEL; ++k) sums[o][k] = local[o][k];
  }
}

template <typename T, int OUT, int KERNEL>
void weight_gradient_tiles(const ConvStage& stage, const T* input, const T* gradient, T* result) {
  const int64_t height = stage.conv_height(), width = stage.conv_width();
  const int64_t border = stage.kernel - 1 - stage.padding, wide = width + 2 * border;
  const int64_t plane = (height + 2 * border) * wide;
  for (int64_t first = 0; first < stage.out; first += OUT) {
    const auto* slopes = reinterpret_cast<const Lanes<T>*>(gradient) + first * plane + border * wide + border;
    for (int64_t channel = 0; channel < stage.in; ++channel) {
      const auto* image =
          reinterpret_cast<const Lanes<T>*>(input) + channel * stage.padded_height() * stage.padded_width();
      Lanes<T> sums[KERNEL][OUT][KERNEL] = {};
      for (int64_t y = 0; y < height; ++y) {
        for (int64_t ky = 0; ky < KERNEL; ++ky) {
          line_products<T, OUT, KERNEL>(slopes + y * wide, plane, image + (y + ky) * stage.padded_width(), width,
                                        sums[ky]);
        }
      }
      for (int64_t o = 0; o < OUT; ++o) {
        T* const out = result + ((first + o) * stage.in + channel) * KERNEL * KERNEL;
        for (int64_t ky = 0; ky < KERNEL; ++ky) {
          for (int64_t kx = 0; kx < KERNEL; ++kx) out[ky * KERNEL + kx] += sum<T>(sums[ky][o][kx]);
        }
      }
    }
  }
}

template <typename T>
void weight_gradient(const ConvStage& stage, const T* input, const T* gradient, T* result) {
  if (stage.kernel == 5) {
    if (kManyRegisters && stage.out % 4 == 0) return weight_gradient_tiles<T, 4, 5>(stage, input, gradient, result);
    if (kManyRegisters && stage.out % 3 == 0) return weight_gradient_tiles<T, 3, 5>(stage, input, gradient, result);
    if (stage.out % 2 == 0) return weight_gradient_tiles<T, 2, 5>(stage, input, gradient, result);
    return weight_gradient_tiles<T, 1, 5>(stage, input, gradient, result);
  }
  if (kManyRegisters && stage.out % 8 == 0) return weight_gradient_tiles<T, 8, 3>(stage, input, gradient, result);
  if (stage.out % 4 == 0) return weight_gradient_tiles<T, 4, 3>(stage, input, gradient, result);
  weight_gradient_tiles<T, 1, 3>(stage, input, gradient, result);
}

// ---- between rows of images and planes of lanes

template <typename T>
void load_images(const ConvStage& stage, const T* images, int64_t count, T* input) {
  const int64_t plane = stage.height * stage.width, image = stage.in * plane;
  for (int64_t channel = 0; channel < stage.in; ++channel) {
    for (int64_t y = 0; y < stage.height; ++y) {
      T* out = input + ((channel * stage.padded_height() + y + stage.padding) * stage.padded_width() + stage.padding) *
                           kLanes<T>;
      const T* line = images + channel * plane + y * stage.width;
      for (int64_t x = 0; x < stage.width; ++x, out += kLanes<T>) {
        for (int64_t lane = 0; lane < kLanes<T>; ++lane) out[lane] = lane < count ? line[lane * image + x] : T(0);
      }
    }
  }
}

template <typename T>
constexpr ConvKernels<T> kTable = {.lanes = kLanes<T>,
                                   .load_images = load_images<T>,
                                   .pack = pack<T>,
                                   .pack_flipped = pack_flipped<T>,
                                   .forward = forward<T>,
                                   .pool_gradient = pool_gradient<T>,
                                   .weight_gradient = weight_gradient<T>,
                                   .input_gradient = input_gradient<T>};

}  // namespace

extern const ConvKernels<float> kConvFloat;
extern const ConvKernels<double> kConvDouble;
constinit const ConvKernels<float> kConvFloat = kTable<float>;
constinit const ConvKernels<double> kConvDouble = kTable<double>;

}  // namespace nlb::NLB_ISA
