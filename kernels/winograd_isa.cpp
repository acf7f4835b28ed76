// Compiled once per instruction set, NLB_ISA naming it: see kernels/isa.h and kernels/lanes.h.
#include "kernels/lanes.h"
#include "kernels/winograd.h"

namespace nlb::NLB_ISA {
namespace {

// Points 0, +-a, +-b and infinity; all of these are exact in float.
constexpr double kA = 0.75, kB = 1.5;
constexpr double kA2 = kA * kA, kB2 = kB * kB, kA3 = kA2 * kA, kB3 = kB2 * kB;
constexpr double kSum = kA2 + kB2, kProduct = kA2 * kB2;
// Products of the differences to the other points, which the transform of the weights divides by.
constexpr double kAt0 = kProduct, kAtA = 2 * kA2 * (kA2 - kB2), kAtB = 2 * kB2 * (kB2 - kA2);

template <typename T>
[[gnu::always_inline]] inline Lanes<T> times(double factor, Lanes<T> value) {
  return spread<T>(static_cast<T>(factor)) * value;
}
template <typename T>
[[gnu::always_inline]] inline Lanes<T> plus(Lanes<T> value, double factor, Lanes<T> other) {
  return fma(spread<T>(static_cast<T>(factor)), other, value);
}

// ---- one-dimensional transforms; `from` and `to` step through a tile's row or column

/// Six inputs to six frequencies: B'd.
template <typename T>
[[gnu::always_inline]] inline void input_line(const Lanes<T>* from, int from_step, Lanes<T>* to, int to_step) {
  const Lanes<T> d0 = from[0], d1 = from[from_step], d2 = from[2 * from_step], d3 = from[3 * from_step],
                 d4 = from[4 * from_step], d5 = from[5 * from_step];
  const Lanes<T> even_a = plus<T>(d4, -kB2, d2), odd_a = times<T>(kA, plus<T>(d3, -kB2, d1));
  const Lanes<T> even_b = plus<T>(d4, -kA2, d2), odd_b = times<T>(kB, plus<T>(d3, -kA2, d1));
  to[0] = plus<T>(plus<T>(d4, -kSum, d2), kProduct, d0);
  to[to_step] = even_a + odd_a;
  to[2 * to_step] = even_a - odd_a;
  to[3 * to_step] = even_b + odd_b;
  to[4 * to_step] = even_b - odd_b;
  to[5 * to_step] = plus<T>(plus<T>(d5, -kSum, d3), kProduct, d1);
}

/// Six frequencies to four outputs: A'm.
template <typename T>
[[gnu::always_inline]] inline void output_line(const Lanes<T>* from, int from_step, Lanes<T>* to, int to_step) {
  const Lanes<T> m0 = from[0], m1 = from[from_step], m2 = from[2 * from_step], m3 = from[3 * from_step],
                 m4 = from[4 * from_step], m5 = from[5 * from_step];
  const Lanes<T> sum_a = m1 + m2, difference_a = m1 - m2, sum_b = m3 + m4, difference_b = m3 - m4;
  to[0] = m0 + sum_a + sum_b;
  to[to_step] = plus<T>(times<T>(kA, difference_a), kB, difference_b);
  to[2 * to_step] = plus<T>(times<T>(kA2, sum_a), kB2, sum_b);
  to[3 * to_step] = plus<T>(plus<T>(m5, kA3, difference_a), kB3, difference_b);
}

/// Four slopes to six frequencies: A s, the transpose of output_line.
template <typename T>
[[gnu::always_inline]] inline void slope_line(const Lanes<T>* from, int from_step, Lanes<T>* to, int to_step) {
  const Lanes<T> s0 = from[0], s1 = from[from_step], s2 = from[2 * from_step], s3 = from[3 * from_step];
  const Lanes<T> even_a = plus<T>(s0, kA2, s2), odd_a = plus<T>(times<T>(kA, s1), kA3, s3);
  const Lanes<T> even_b = plus<T>(s0, kB2, s2), odd_b = plus<T>(times<T>(kB, s1), kB3, s3);
  to[0] = s0;
  to[to_step] = even_a + odd_a;
  to[2 * to_step] = even_a - odd_a;
  to[3 * to_step] = even_b + odd_b;
  to[4 * to_step] = even_b - odd_b;
  to[5 * to_step] = s3;
}

/// Three weights to six frequencies: G g.
template <typename T>
[[gnu::always_inline]] inline void weight_line(const Lanes<T>* from, int from_step, Lanes<T>* to, int to_step) {
  const Lanes<T> g0 = from[0], g1 = from[from_step], g2 = from[2 * from_step];
  const Lanes<T> even_a = plus<T>(g0, kA2, g2), odd_a = times<T>(kA, g1);
  const Lanes<T> even_b = plus<T>(g0, kB2, g2), odd_b = times<T>(kB, g1);
  to[0] = times<T>(1 / kAt0, g0);
  to[to_step] = times<T>(1 / kAtA, even_a + odd_a);
  to[2 * to_step] = times<T>(1 / kAtA, even_a - odd_a);
  to[3 * to_step] = times<T>(1 / kAtB, even_b + odd_b);
  to[4 * to_step] = times<T>(1 / kAtB, even_b - odd_b);
  to[5 * to_step] = g2;
}

/// Six frequencies to three weights: G'u, the transpose of weight_line.
template <typename T>
[[gnu::always_inline]] inline void gradient_line(const Lanes<T>* from, int from_step, Lanes<T>* to, int to_step) {
  const Lanes<T> u0 = times<T>(1 / kAt0, from[0]), u1 = times<T>(1 / kAtA, from[from_step]),
                 u2 = times<T>(1 / kAtA, from[2 * from_step]), u3 = times<T>(1 / kAtB, from[3 * from_step]),
                 u4 = times<T>(1 / kAtB, from[4 * from_step]), u5 = from[5 * from_step];
  to[0] = u0 + (u1 + u2) + (u3 + u4);
  to[to_step] = plus<T>(times<T>(kA, u1 - u2), kB, u3 - u4);
  to[2 * to_step] = plus<T>(plus<T>(u5, kA2, u1 + u2), kB2, u3 + u4);
}

// ---- tiles

struct TilePlace {
  int64_t image, row, column;  // of the first output
};

TilePlace place_of(const WinogradShape& shape, int64_t tile) {
  const int64_t across = shape.tiles_across(), down = shape.tiles_down();
  return {tile / (across * down), tile / across % down * 4, tile % across * 4};
}

/// [0, size) cut to what lies inside a side of `side`, for a window that begins at `begin`.
struct Inside {
  int64_t first, last;
  Inside(int64_t begin, int64_t size, int64_t side)
      : first(begin < 0 ? -begin : 0), last(begin + size > side ? side - begin : size) {}
};

/// A square of SIDE x SIDE pixels that begins at (row, column); zeros outside the image.
template <typename T, int SIDE>
[[gnu::always_inline]] inline void load_square(const T* image, int64_t height, int64_t width, int64_t channels,
                                               int64_t row, int64_t column, Lanes<T> (&square)[SIDE * SIDE]) {
  const Inside rows(row, SIDE, height), columns(column, SIDE, width);
  if (rows.first > 0 || columns.first > 0 || rows.last < SIDE || columns.last < SIDE) {
    for (auto& value : square) value = Lanes<T>{};
  }
  for (int64_t y = rows.first; y < rows.last; ++y) {
    const T* line = image + ((row + y) * width + column) * channels;
    for (int64_t x = columns.first; x < columns.last; ++x) square[y * SIDE + x] = load(line + x * channels);
  }
}

/// A map that tiles are cut from: `shift` rows and columns before a tile's first output.
template <typename T>
struct Map {
  const T* values;
  int64_t height, width, channels, shift;
};

/// Frequencies of tiles [begin, end) of the block [first, last): values[frequency][tile - first][channel]. SIDE: of
/// what is read, 6 of an input or 4 of an output's gradient.
template <typename T, int SIDE>
void transform_map(const WinogradShape& shape, const Map<T>& map, int64_t first, int64_t last, int64_t begin,
                   int64_t end, T* values) {
  const int64_t count = last - first, channels = map.channels;
  for (int64_t tile = begin; tile < end; ++tile) {
    const TilePlace place = place_of(shape, tile);
    const T* image = map.values + place.image * map.height * map.width * channels;
    for (int64_t c = 0; c < channels; c += kLanes<T>) {
      Lanes<T> square[SIDE * SIDE], lines[SIDE * 6], tile_values[kFrequencies];
      load_square<T, SIDE>(image + c, map.height, map.width, channels, place.row - map.shift, place.column - map.shift,
                           square);
      for (int i = 0; i < SIDE; ++i) {
        if constexpr (SIDE == 6) input_line<T>(square + i * SIDE, 1, lines + i * 6, 1);
        if constexpr (SIDE == 4) slope_line<T>(square + i * SIDE, 1, lines + i * 6, 1);
      }
      for (int i = 0; i < 6; ++i) {
        if constexpr (SIDE == 6) input_line<T>(lines + i, 6, tile_values + i, 6);
        if constexpr (SIDE == 4) slope_line<T>(lines + i, 6, tile_values + i, 6);
      }
      T* to = values + (tile - first) * channels + c;
      for (int64_t f = 0; f < kFrequencies; ++f) store(to + f * count * channels, tile_values[f]);
    }
  }
}

template <typename T>
void store_outputs(const WinogradShape& shape, const T* values, const T* bias, int64_t first, int64_t last, T* output) {
  const int64_t count = last - first, height = shape.out_height(), width = shape.out_width();
  for (int64_t tile = first; tile < last; ++tile) {
    const TilePlace place = place_of(shape, tile);
    const Inside rows(place.row, 4, height), columns(place.column, 4, width);
    T* corner = output + ((place.image * height + place.row) * width + place.column) * shape.out;
    for (int64_t k = 0; k < shape.out; k += kLanes<T>) {
      Lanes<T> frequencies[kFrequencies], lines[6 * 4], square[4 * 4];
      const T* from = values + (tile - first) * shape.out + k;
      for (int64_t f = 0; f < kFrequencies; ++f) frequencies[f] = load(from + f * count * shape.out);
      for (int i = 0; i < 6; ++i) output_line<T>(frequencies + i * 6, 1, lines + i * 4, 1);
      for (int i = 0; i < 4; ++i) output_line<T>(lines + i, 4, square + i, 4);
      const Lanes<T> offset = bias != nullptr ? load(bias + k) : Lanes<T>{};
      for (auto& value : square) value += offset;
      for (int64_t y = 0; y < rows.last; ++y) {
        for (int64_t x = 0; x < columns.last; ++x) store(corner + (y * width + x) * shape.out + k, square[y * 4 + x]);
      }
    }
  }
}

// ---- products

constexpr int kTileRows = kManyRegisters ? 6 : 4;     // tiles, or channels of the input, of one register block
constexpr int kTileColumns = kManyRegisters ? 4 : 2;  // registers of output channels

/// sums [rows][columns] = or += left [rows][depth] * right [depth][columns]. Element (r, d) of left lies at
/// left[r * row_step + d * depth_step]; the others are rows of `columns`. A sum starts at 0 and is added as a whole.
template <typename T>
struct Product {
  const T* left;
  int64_t rows, row_step, depth_step;
  const T* right;
  int64_t columns, depth;
  T* sums;
  bool add;
};

template <typename T, int ROWS, int COLUMNS>
[[gnu::always_inline]] inline void block_product(const Product<T>& p, int64_t row, int64_t column) {
  Lanes<T> block[ROWS][COLUMNS];
#pragma GCC unroll 8
  for (int r = 0; r < ROWS; ++r) {
#pragma GCC unroll 8
    for (int c = 0; c < COLUMNS; ++c) block[r][c] = Lanes<T>{};
  }
  const T *left = p.left + row * p.row_step, *right = p.right + column;
  for (int64_t d = 0; d < p.depth; ++d, left += p.depth_step, right += p.columns) {
    Lanes<T> line[COLUMNS];
#pragma GCC unroll 8
    for (int c = 0; c < COLUMNS; ++c) line[c] = load(right + c * kLanes<T>);
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; ++r) {
      const Lanes<T> factor = spread<T>(left[r * p.row_step]);
#pragma GCC unroll 8
      for (int c = 0; c < COLUMNS; ++c) block[r][c] = fma(factor, line[c], block[r][c]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < ROWS; ++r) {
    T* sums = p.sums + (row + r) * p.columns + column;
#pragma GCC unroll 8
    for (int c = 0; c < COLUMNS; ++c) {
      T* const at = sums + c * kLanes<T>;
      store(at, p.add ? load(at) + block[r][c] : block[r][c]);
    }
  }
}

template <typename T, int COLUMNS>
void product_column(const Product<T>& p, int64_t column) {
  int64_t row = 0;
  for (; row + kTileRows <= p.rows; row += kTileRows) block_product<T, kTileRows, COLUMNS>(p, row, column);
  for (; row < p.rows; ++row) block_product<T, 1, COLUMNS>(p, row, column);
}

template <typename T>
void product(const Product<T>& p) {
  constexpr int64_t kWide = kTileColumns * kLanes<T>;
  int64_t column = 0;
  for (; column + kWide <= p.columns; column += kWide) product_column<T, kTileColumns>(p, column);
  for (; column < p.columns; column += kLanes<T>) product_column<T, 1>(p, column);
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
      transform_some_weights<T>(taps, transformed + c * out + k, in * out);
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
      transform_some_weights<T>(taps, transformed + k * in + c, in * out);
    }
  }
}

template <typename T>
void input_values(const WinogradShape& shape, const T* input, int64_t first, int64_t last, int64_t begin, int64_t end,
                  T* values) {
  transform_map<T, 6>(shape, {input, shape.height, shape.width, shape.in, shape.padding}, first, last, begin, end,
                      values);
}

template <typename T>
void slope_values(const WinogradShape& shape, const T* slopes, int64_t first, int64_t last, int64_t begin, int64_t end,
                  T* values) {
  transform_map<T, 4>(shape, {slopes, shape.out_height(), shape.out_width(), shape.out, 0}, first, last, begin, end,
                      values);
}

template <typename T>
void forward(const WinogradShape& shape, const T* input, const T* transformed, const T* bias, int64_t first,
             int64_t last, T* scratch, T* output) {
  const int64_t count = last - first;
  T* values = scratch;
  T* products = scratch + kFrequencies * count * shape.in;
  input_values(shape, input, first, last, first, last, values);
  for (int64_t f = 0; f < kFrequencies; ++f) {
    product<T>({.left = values + f * count * shape.in,
                .rows = count,
                .row_step = shape.in,
                .depth_step = 1,
                .right = transformed + f * shape.in * shape.out,
                .columns = shape.out,
                .depth = shape.in,
                .sums = products + f * count * shape.out,
                .add = false});
  }
  store_outputs<T>(shape, products, bias, first, last, output);
}

template <typename T>
void add_products(const WinogradShape& shape, const T* inputs, const T* slopes, int64_t count, int64_t begin,
                  int64_t end, T* sums) {
  for (int64_t f = begin; f < end; ++f) {
    product<T>({.left = inputs + f * count * shape.in,
                .rows = shape.in,
                .row_step = 1,
                .depth_step = shape.in,
                .right = slopes + f * count * shape.out,
                .columns = shape.out,
                .depth = count,
                .sums = sums + f * shape.in * shape.out,
                .add = true});
  }
}

template <typename T>
void weight_gradient(const T* sums, int64_t out, int64_t in, T* gradient) {
  for (int64_t c = 0; c < in; ++c) {
    for (int64_t k = 0; k < out; k += kLanes<T>) {
      Lanes<T> values[kFrequencies], lines[6 * 3], taps[9];
      for (int64_t f = 0; f < kFrequencies; ++f) values[f] = load(sums + (f * in + c) * out + k);
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
