// Compiled once per instruction set, NLB_ISA naming it: see kernels/isa.h and kernels/lanes.h.
#include "kernels/lanes.h"
#include "kernels/winograd.h"
#include "kernels/winograd_lines.h"
#include "kernels/winograd_products.h"
#include "kernels/winograd_tiles.h"

namespace nlb::NLB_ISA {
namespace {

// ---- tiles

/// A map that tiles are cut from: `shift` rows and columns before a tile's first output.
template <typename T>
struct Map {
  const T* values;
  int64_t height, width, channels, shift;
};

/// Channels [c, c + kLanes) of a square's 36 frequencies, `step` values apart. A call of its own: the loop around it
/// would keep the addresses of all pixels, for which there are not enough registers.
template <typename T, int SIDE, typename Square>
[[gnu::noinline]] void transform_square(const Square& square, int64_t c, T* to, int64_t step) {
  const auto half = [&]<int HALF>() __attribute__((always_inline)) {
    Lanes<T> lines[3 * SIDE], values[6];
#pragma GCC unroll 6
    for (int x = 0; x < SIDE; ++x) {
      const auto column = [&](int y) __attribute__((always_inline)) { return square.pixel(y, x, c); };
      if constexpr (SIDE == 6) input_half<T, HALF>(column, lines + x, SIDE);
      if constexpr (SIDE == 4) slope_half<T, HALF>(column, lines + x, SIDE);
    }
#pragma GCC unroll 3
    for (int i = 0; i < 3; ++i) {
      const auto line = [&](int x) __attribute__((always_inline)) { return lines[i * SIDE + x]; };
      if constexpr (SIDE == 6) input_half<T, 0>(line, values, 1), input_half<T, 1>(line, values + 3, 1);
      if constexpr (SIDE == 4) slope_half<T, 0>(line, values, 1), slope_half<T, 1>(line, values + 3, 1);
#pragma GCC unroll 6
      for (int f = 0; f < 6; ++f) store(to + ((3 * HALF + i) * 6 + f) * step, values[f]);
    }
  };
  half.template operator()<0>();
  half.template operator()<1>();
}

/// Those channels of one tile, whose square begins at (row, column) of `image`.
template <typename T, int SIDE>
void transform_tile(const Map<T>& map, const T* image, int64_t row, int64_t column, Channels channels, T* to,
                    int64_t step) {
  if (row >= 0 && column >= 0 && row + SIDE <= map.height && column + SIDE <= map.width) {
    const WholeSquare<T> square = {image + (row * map.width + column) * map.channels + channels.first,
                                   map.width * map.channels, map.channels};
    for (int64_t c = 0; c < channels.count; c += kLanes<T>) transform_square<T, SIDE>(square, c, to + c, step);
    return;
  }
  alignas(kRegisterBytes) static constexpr T kNothing[kPanel<T>] = {};
  CutSquare<T, SIDE> square;
  for (int64_t i = 0; i < SIDE * SIDE; ++i) {
    const int64_t y = row + i / SIDE, x = column + i % SIDE;
    const bool inside = y >= 0 && y < map.height && x >= 0 && x < map.width;
    square.pixels[i] = inside ? image + (y * map.width + x) * map.channels + channels.first : kNothing;
  }
  for (int64_t c = 0; c < channels.count; c += kLanes<T>) transform_square<T, SIDE>(square, c, to + c, step);
}

enum class Order { rows, panels };

/// Frequencies of tiles [begin, end) of the block [first, last): values[frequency], each of [tile - first][channel] by
/// rows or in panels. SIDE: of what is read, 6 of an input or 4 of an output's gradient.
template <typename T, int SIDE, Order ORDER>
void transform_map(const WinogradShape& shape, const Map<T>& map, int64_t first, int64_t last, int64_t begin,
                   int64_t end, T* values) {
  const int64_t channels = map.channels, count = last - first, step = frequency_step(count, channels);
  TilePlace place(shape.tiles_down(), shape.tiles_across(), begin);
  for (int64_t tile = begin; tile < end; ++tile, place.advance()) {
    const T* image = map.values + place.image() * map.height * map.width * channels;
    for (int64_t c = 0; c < channels; c += kPanel<T>) {
      const int64_t width = panel_width<T>(c, channels);
      const int64_t at = ORDER == Order::rows ? (tile - first) * channels + c : c * count + (tile - first) * width;
      transform_tile<T, SIDE>(map, image, place.row() - map.shift, place.column() - map.shift, {c, width}, values + at,
                              step);
    }
  }
}

/// Channels [0, kLanes) of a tile's outputs; its frequencies lie `step` values apart.
template <typename T, bool WHOLE>
[[gnu::noinline]] void store_tile(const T* from, int64_t step, Lanes<T> offset, const TileSize& size, T* corner,
                                  int64_t row_step, int64_t column_step) {
  Lanes<T> lines[4 * 6], outputs[4];
#pragma GCC unroll 6
  for (int x = 0; x < 6; ++x) {
    const auto column = [&](int y) __attribute__((always_inline)) { return load(from + (y * 6 + x) * step); };
    output_line<T>(column, lines + x, 6);
  }
#pragma GCC unroll 4
  for (int y = 0; y < 4; ++y) {
    const auto line = [&](int x) __attribute__((always_inline)) { return lines[y * 6 + x]; };
    output_line<T>(line, outputs, 1);
#pragma GCC unroll 4
    for (int x = 0; x < 4; ++x) {
      if (WHOLE || (y < size.rows && x < size.columns)) {
        store(corner + y * row_step + x * column_step, outputs[x] + offset);
      }
    }
  }
}

/// values: products of a block's tiles, in panels.
template <typename T>
void store_outputs(const WinogradShape& shape, const T* values, const T* bias, int64_t first, int64_t last, T* output) {
  const int64_t count = last - first, step = frequency_step(count, shape.out);
  const int64_t height = shape.out_height(), width = shape.out_width(), row_step = width * shape.out;
  TilePlace place(shape.tiles_down(), shape.tiles_across(), first);
  for (int64_t tile = first; tile < last; ++tile, place.advance()) {
    const TileSize size = place.size(height, width);
    const bool whole = size.rows == 4 && size.columns == 4;
    T* corner = output + ((place.image() * height + place.row()) * width + place.column()) * shape.out;
    for (int64_t k = 0; k < shape.out; k += kLanes<T>) {
      const int64_t panel = k / kPanel<T> * kPanel<T>;
      const T* from = values + panel * count + (tile - first) * panel_width<T>(panel, shape.out) + k - panel;
      const Lanes<T> offset = bias != nullptr ? load(bias + k) : Lanes<T>{};
      if (whole) {
        store_tile<T, true>(from, step, offset, size, corner + k, row_step, shape.out);
      } else {
        store_tile<T, false>(from, step, offset, size, corner + k, row_step, shape.out);
      }
    }
  }
}

// ---- the table

/// Weights of `kLanes` output channels, tap by tap, as registers.
template <typename T>
void transform_some_weights(const Lanes<T> (&taps)[9], T* to, int64_t frequency_step) {
  Lanes<T> lines[3 * 6], values[kFrequencies];
  for (int i = 0; i < 3; ++i) weight_line<T>(taps + i * 3, 1, lines + i * 6, 1);
  for (int i = 0; i < 6; ++i) weight_line<T>(lines + i, 6, values + i, 6);
  for (int64_t f = 0; f < kFrequencies; ++f) store(to + f * frequency_step, values[f]);
}

template <typename T>
void transform_weights(const T* weights, int64_t out, int64_t in, T* transformed) {
  for (int64_t k = 0; k < out; k += kLanes<T>) {
    for (int64_t c = 0; c < in; ++c) {
      Lanes<T> taps[9];
      for (int64_t t = 0; t < 9; ++t) {
        for (int64_t lane = 0; lane < kLanes<T>; ++lane) taps[t][lane] = weights[((k + lane) * in + c) * 9 + t];
      }
      transform_some_weights<T>(taps, transformed + panel_place<T>(in, out, c, k), frequency_step(in, out));
    }
  }
}

template <typename T>
void transform_weights_back(const T* weights, int64_t out, int64_t in, T* transformed) {
  for (int64_t k = 0; k < out; ++k) {
    for (int64_t c = 0; c < in; c += kLanes<T>) {
      Lanes<T> taps[9];
      for (int64_t t = 0; t < 9; ++t) {
        for (int64_t lane = 0; lane < kLanes<T>; ++lane) taps[t][lane] = weights[(k * in + c + lane) * 9 + 8 - t];
      }
      transform_some_weights<T>(taps, transformed + panel_place<T>(out, in, k, c), frequency_step(in, out));
    }
  }
}

template <typename T>
Map<T> input_map(const WinogradShape& shape, const T* input) {
  return {input, shape.height, shape.width, shape.in, shape.padding};
}

template <typename T>
void input_values(const WinogradShape& shape, const T* input, int64_t first, int64_t last, int64_t begin, int64_t end,
                  T* values) {
  transform_map<T, 6, Order::panels>(shape, input_map(shape, input), first, last, begin, end, values);
}

template <typename T>
void slope_values(const WinogradShape& shape, const T* slopes, int64_t first, int64_t last, int64_t begin, int64_t end,
                  T* values) {
  const Map<T> map = {slopes, shape.out_height(), shape.out_width(), shape.out, 0};
  transform_map<T, 4, Order::panels>(shape, map, first, last, begin, end, values);
}

template <typename T>
void forward(const WinogradShape& shape, const T* input, const T* transformed, const T* bias, int64_t first,
             int64_t last, T* scratch, T* output) {
  const int64_t count = last - first, in_step = frequency_step(count, shape.in);
  T *values = scratch, *products = scratch + kFrequencies * in_step;
  transform_map<T, 6, Order::rows>(shape, input_map(shape, input), first, last, first, last, values);
  for (int64_t f = 0; f < kFrequencies; ++f) {
    const T* right = transformed + f * frequency_step(shape.in, shape.out);
    T* sums = products + f * frequency_step(count, shape.out);
    for (int64_t k = 0; k < shape.out; k += kPanel<T>) {
      product<T>({.left = values + f * in_step,
                  .rows = count,
                  .row_step = shape.in,
                  .depth_step = 1,
                  .right = right + k * shape.in,
                  .depth = shape.in,
                  .sums = sums + k * count,
                  .add = false},
                 panel_width<T>(k, shape.out));
    }
  }
  store_outputs<T>(shape, products, bias, first, last, output);
}

template <typename T>
void add_products(const WinogradShape& shape, const T* inputs, const T* slopes, int64_t count, int64_t begin,
                  int64_t end, T* sums) {
  for (int64_t f = begin; f < end; ++f) {
    const T* left = inputs + f * frequency_step(count, shape.in);
    const T* right = slopes + f * frequency_step(count, shape.out);
    T* to = sums + f * frequency_step(shape.in, shape.out);
    for (int64_t k = 0; k < shape.out; k += kPanel<T>) {
      const int64_t width = panel_width<T>(k, shape.out);
      for (int64_t c = 0; c < shape.in; c += kPanel<T>) {
        const int64_t rows = panel_width<T>(c, shape.in);
        product<T>({.left = left + c * count,
                    .rows = rows,
                    .row_step = 1,
                    .depth_step = rows,
                    .right = right + k * count,
                    .depth = count,
                    .sums = to + k * shape.in + c * width,
                    .add = true},
                   width);
      }
    }
  }
}

template <typename T>
void weight_gradient(const T* sums, int64_t out, int64_t in, T* gradient) {
  const int64_t step = frequency_step(in, out);
  for (int64_t k = 0; k < out; k += kLanes<T>) {
    for (int64_t c = 0; c < in; ++c) {
      Lanes<T> values[kFrequencies], lines[6 * 3], taps[9];
      const T* from = sums + panel_place<T>(in, out, c, k);
      for (int64_t f = 0; f < kFrequencies; ++f) values[f] = load(from + f * step);
      for (int i = 0; i < 6; ++i) gradient_line<T>(values + i * 6, 1, lines + i * 3, 1);
      for (int i = 0; i < 3; ++i) gradient_line<T>(lines + i, 3, taps + i, 3);
      for (int64_t t = 0; t < 9; ++t) {
        for (int64_t lane = 0; lane < kLanes<T>; ++lane) gradient[((k + lane) * in + c) * 9 + t] += taps[t][lane];
      }
    }
  }
}

template <typename T>
constexpr WinogradKernels<T> table() {
  return {.lanes = kLanes<T>,
          .transform_weights = transform_weights<T>,
          .transform_weights_back = transform_weights_back<T>,
          .forward = forward<T>,
          .input_values = input_values<T>,
          .slope_values = slope_values<T>,
          .add_products = add_products<T>,
          .weight_gradient = weight_gradient<T>};
}

}  // namespace

extern const WinogradKernels<float> kWinogradFloat = table<float>();
extern const WinogradKernels<double> kWinogradDouble = table<double>();

}  // namespace nlb::NLB_ISA
