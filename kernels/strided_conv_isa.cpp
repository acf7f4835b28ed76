// Compiled once per instruction set, NLB_ISA naming it: see kernels/isa.h and kernels/lanes.h.
#include "kernels/lanes.h"
#include "kernels/strided_conv.h"
#include "kernels/strided_lines.h"
#include "kernels/winograd_products.h"
#include "kernels/winograd_tiles.h"

namespace nlb::NLB_ISA {
namespace {

constexpr int64_t kWidth = kLanes<float>, kRun = kPanel<float>;
static_assert(kStridedIn % kRun == 0, "a panel must not straddle two phases");

// ---- phases

/// In an order in which those that have products at a frequency follow each other.
struct Phase {
  int row, column;  ///< 1: odd
};
constexpr Phase kPhases[4] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};

/// Phases with products at a frequency: at infinity only those odd in that direction.
struct PhaseRange {
  int64_t first, last;
};
PhaseRange phases_at(int64_t frequency) {
  const bool row_end = frequency / 5 == 4, column_end = frequency % 5 == 4;
  if (row_end) return column_end ? PhaseRange{2, 3} : PhaseRange{1, 3};
  return column_end ? PhaseRange{2, 4} : PhaseRange{0, 4};
}

/// A map, or one phase of a larger one.
template <typename Value>
struct Map {
  Value* values;
  int64_t image_step, row_step, column_step;
  int64_t height, width;
  int64_t above, left;  ///< of a tile's first output: where the square that it is computed from begins
};

template <typename Value>
Map<Value> phase_map(const StridedShape& shape, Value* values, Phase phase) {
  return {values + (phase.row * shape.width + phase.column) * shape.in,
          shape.height * shape.width * shape.in,
          2 * shape.width * shape.in,
          2 * shape.in,
          shape.out_height(),
          shape.out_width(),
          phase.row,
          phase.column};
}

template <typename Value>
Map<Value> slope_map(const StridedShape& shape, Value* values) {
  const int64_t row = shape.out_width() * shape.out;
  return {values, shape.out_height() * row, row, shape.out, shape.out_height(), shape.out_width(), 0, 0};
}

// ---- to frequencies

/// Channels [c, c + kWidth) of the frequencies of a square of ROWS x COLUMNS pixels, `step` values apart. Those at an
/// infinity that it has none of stay as they are.
template <Of OF, int ROWS, int COLUMNS, typename Square>
[[gnu::noinline]] void transform_square(const Square& square, int64_t c, float* to, int64_t step) {
  const auto half = [&]<int HALF>() __attribute__((always_inline)) {
    constexpr int kCount = kHalfCount<OF, HALF, ROWS>,
                  kAcross = kHalfCount<OF, 0, COLUMNS> + kHalfCount<OF, 1, COLUMNS>;
    Line lines[3 * 5], values[5];
#pragma GCC unroll 5
    for (int x = 0; x < COLUMNS; ++x) {
      const auto column = [&](int y) __attribute__((always_inline)) { return square.pixel(y, x, c); };
      line_half<OF, HALF, ROWS>(column, lines + x, COLUMNS);
    }
#pragma GCC unroll 3
    for (int i = 0; i < kCount; ++i) {
      const auto line = [&](int x) __attribute__((always_inline)) { return lines[i * COLUMNS + x]; };
      line_half<OF, 0, COLUMNS>(line, values, 1);
      line_half<OF, 1, COLUMNS>(line, values + 2, 1);
#pragma GCC unroll 5
      for (int f = 0; f < kAcross; ++f) store(to + ((2 * HALF + i) * 5 + f) * step, values[f]);
    }
  };
  half.template operator()<0>();
  half.template operator()<1>();
}

/// A run of channels of the square that begins at (row, column) of `image`.
template <Of OF, int ROWS, int COLUMNS>
void transform_tile(const Map<const float>& map, const float* image, int64_t row, int64_t column, Channels run,
                    float* to, int64_t step) {
  if (row >= 0 && column >= 0 && row + ROWS <= map.height && column + COLUMNS <= map.width) {
    const WholeSquare<float> square = {image + row * map.row_step + column * map.column_step + run.first, map.row_step,
                                       map.column_step};
    for (int64_t c = 0; c < run.count; c += kWidth) transform_square<OF, ROWS, COLUMNS>(square, c, to + c, step);
    return;
  }
  alignas(kRegisterBytes) static constexpr float kNothing[kRun] = {};
  CutSquare<float, 5> square{};
  for (int64_t i = 0; i < ROWS * COLUMNS; ++i) {
    const int64_t y = row + i / COLUMNS, x = column + i % COLUMNS;
    const bool inside = y >= 0 && y < map.height && x >= 0 && x < map.width;
    square.pixels[i / COLUMNS * 5 + i % COLUMNS] =
        inside ? image + y * map.row_step + x * map.column_step + run.first : kNothing;
  }
  for (int64_t c = 0; c < run.count; c += kWidth) transform_square<OF, ROWS, COLUMNS>(square, c, to + c, step);
}

enum class Order { rows, panels };

/// Channels [begin, begin + channels) of a block's matrices of [tiles][columns].
struct Place {
  int64_t begin, channels, columns;
};

/// Frequencies of tiles [begin, end) of the block [first, last): matrices [tile - first][columns] by rows or in panels.
template <Of OF, int ROWS, int COLUMNS, Order ORDER>
void transform_map(const StridedShape& shape, const Map<const float>& map, const Place& where, int64_t first,
                   int64_t last, int64_t begin, int64_t end, float* values) {
  const int64_t count = last - first, step = frequency_step(count, where.columns);
  TilePlace place(shape.tiles_down(), shape.tiles_across(), begin);
  for (int64_t tile = begin; tile < end; ++tile, place.advance()) {
    const float* image = map.values + place.image() * map.image_step;
    for (int64_t c = 0; c < where.channels; c += kRun) {
      const int64_t at = ORDER == Order::rows ? (tile - first) * where.columns + where.begin + c
                                              : panel_place<float>(count, where.columns, tile - first, where.begin + c);
      transform_tile<OF, ROWS, COLUMNS>(map, image, place.row() - map.above, place.column() - map.left,
                                        {c, panel_width<float>(c, where.channels)}, values + at, step);
    }
  }
}

template <Order ORDER>
void transform_phases(const StridedShape& shape, const float* input, int64_t first, int64_t last, int64_t begin,
                      int64_t end, float* values) {
  const auto phase = [&]<int ROWS, int COLUMNS>(int64_t number) {
    transform_map<Of::inputs, ROWS, COLUMNS, ORDER>(shape, phase_map(shape, input, kPhases[number]),
                                                    {number * shape.in, shape.in, shape.depth()}, first, last, begin,
                                                    end, values);
  };
  phase.template operator()<4, 4>(0);
  phase.template operator()<5, 4>(1);
  phase.template operator()<5, 5>(2);
  phase.template operator()<4, 5>(3);
}

// ---- and back

/// Channels [0, kWidth) of a tile's outputs from ROWS x COLUMNS frequencies, `step` values apart.
template <int ROWS, int COLUMNS, bool WHOLE>
[[gnu::noinline]] void store_tile(const float* from, int64_t step, const TileSize& size, float* corner,
                                  int64_t row_step, int64_t column_step) {
  Line lines[4 * COLUMNS], outputs[4];
#pragma GCC unroll 5
  for (int x = 0; x < COLUMNS; ++x) {
    const auto column = [&](int y) __attribute__((always_inline)) { return load(from + (y * 5 + x) * step); };
    output_line<ROWS>(column, lines + x, COLUMNS);
  }
#pragma GCC unroll 4
  for (int y = 0; y < 4; ++y) {
    const auto line = [&](int x) __attribute__((always_inline)) { return lines[y * COLUMNS + x]; };
    output_line<COLUMNS>(line, outputs, 1);
#pragma GCC unroll 4
    for (int x = 0; x < 4; ++x) {
      if (WHOLE || (y < size.rows && x < size.columns)) store(corner + y * row_step + x * column_step, outputs[x]);
    }
  }
}

/// values: products of a block's tiles, matrices of [tiles][where.columns] in panels.
template <int ROWS, int COLUMNS>
void store_map(const StridedShape& shape, const Map<float>& map, const Place& where, int64_t first, int64_t last,
               const float* values) {
  const int64_t count = last - first, step = frequency_step(count, where.columns);
  TilePlace place(shape.tiles_down(), shape.tiles_across(), first);
  for (int64_t tile = first; tile < last; ++tile, place.advance()) {
    float* const corner =
        map.values + place.image() * map.image_step + place.row() * map.row_step + place.column() * map.column_step;
    const TileSize size = place.size(map.height, map.width);
    for (int64_t c = 0; c < where.channels; c += kWidth) {
      const float* from = values + panel_place<float>(count, where.columns, tile - first, where.begin + c);
      const auto store =
          size.rows == 4 && size.columns == 4 ? store_tile<ROWS, COLUMNS, true> : store_tile<ROWS, COLUMNS, false>;
      store(from, step, size, corner + c, map.row_step, map.column_step);
    }
  }
}

// ---- the table

/// Weights of kWidth channels, tap by tap, to the frequencies of a phase.
void transform_phase(const Line (&taps)[9], Phase phase, float* to, int64_t step) {
  Line lines[3 * 5], values[kStridedFrequencies];
  for (int i = 0; i < 3; ++i) weight_line(phase.column == 1, taps + i * 3, 1, lines + i * 5, 1);
  for (int i = 0; i < 5; ++i) weight_line(phase.row == 1, lines + i, 5, values + i, 5);
  for (int64_t f = 0; f < kStridedFrequencies; ++f) store(to + f * step, values[f]);
}

void transform_weights(const float* weights, int64_t out, int64_t in, float* transformed) {
  const int64_t step = frequency_step(4 * in, out);
  for (int64_t k = 0; k < out; k += kWidth) {
    for (int64_t c = 0; c < in; ++c) {
      Line taps[9];
      for (int64_t t = 0; t < 9; ++t) {
        for (int64_t lane = 0; lane < kWidth; ++lane) taps[t][lane] = weights[((k + lane) * in + c) * 9 + t];
      }
      for (int64_t p = 0; p < 4; ++p) {
        transform_phase(taps, kPhases[p], transformed + panel_place<float>(4 * in, out, p * in + c, k), step);
      }
    }
  }
}

void transform_weights_back(const float* weights, int64_t out, int64_t in, float* transformed) {
  const int64_t step = frequency_step(4 * in, out);
  for (int64_t k = 0; k < out; ++k) {
    for (int64_t c = 0; c < in; c += kWidth) {
      Line taps[9];
      for (int64_t t = 0; t < 9; ++t) {
        for (int64_t lane = 0; lane < kWidth; ++lane) taps[t][lane] = weights[(k * in + c + lane) * 9 + 8 - t];
      }
      for (int64_t p = 0; p < 4; ++p) {
        transform_phase(taps, kPhases[p], transformed + panel_place<float>(out, 4 * in, k, p * in + c), step);
      }
    }
  }
}

void forward(const StridedShape& shape, const float* input, const float* transformed, int64_t first, int64_t last,
             float* scratch, float* output) {
  const int64_t count = last - first, depth = shape.depth(), in_step = frequency_step(count, depth);
  float *values = scratch, *products = scratch + kStridedFrequencies * in_step;
  transform_phases<Order::rows>(shape, input, first, last, first, last, values);
  for (int64_t f = 0; f < kStridedFrequencies; ++f) {
    const PhaseRange range = phases_at(f);
    const float* right = transformed + f * frequency_step(depth, shape.out);
    for (int64_t k = 0; k < shape.out; k += kRun) {
      const int64_t width = panel_width<float>(k, shape.out);
      product<float>({.left = values + f * in_step + range.first * shape.in,
                      .rows = count,
                      .row_step = depth,
                      .depth_step = 1,
                      .right = right + k * depth + range.first * shape.in * width,
                      .depth = (range.last - range.first) * shape.in,
                      .sums = products + f * frequency_step(count, shape.out) + k * count,
                      .add = false},
                     width);
    }
  }
  store_map<5, 5>(shape, slope_map(shape, output), {0, shape.out, shape.out}, first, last, products);
}

void backward(const StridedShape& shape, const float* slopes, const float* transformed, int64_t first, int64_t last,
              float* scratch, float* gradient) {
  const int64_t count = last - first, depth = shape.depth(), out_step = frequency_step(count, shape.out);
  float *values = scratch, *products = scratch + kStridedFrequencies * out_step;
  transform_map<Of::inputs, 5, 5, Order::rows>(shape, slope_map(shape, slopes), {0, shape.out, shape.out}, first, last,
                                               first, last, values);
  for (int64_t f = 0; f < kStridedFrequencies; ++f) {
    const PhaseRange range = phases_at(f);
    const float* right = transformed + f * frequency_step(depth, shape.out);
    for (int64_t c = range.first * shape.in; c < range.last * shape.in; c += kRun) {
      product<float>({.left = values + f * out_step,
                      .rows = count,
                      .row_step = shape.out,
                      .depth_step = 1,
                      .right = right + c * shape.out,
                      .depth = shape.out,
                      .sums = products + f * frequency_step(count, depth) + c * count,
                      .add = false},
                     kRun);
    }
  }
  const auto back = [&]<int ROWS, int COLUMNS>(int64_t phase) {
    store_map<ROWS, COLUMNS>(shape, phase_map(shape, gradient, kPhases[phase]), {phase * shape.in, shape.in, depth},
                             first, last, products);
  };
  back.template operator()<4, 4>(0);
  back.template operator()<5, 4>(1);
  back.template operator()<5, 5>(2);
  back.template operator()<4, 5>(3);
}

void input_values(const StridedShape& shape, const float* input, int64_t first, int64_t last, int64_t begin,
                  int64_t end, float* values) {
  transform_phases<Order::panels>(shape, input, first, last, begin, end, values);
}

void slope_values(const StridedShape& shape, const float* slopes, int64_t first, int64_t last, int64_t begin,
                  int64_t end, float* values) {
  transform_map<Of::slopes, 4, 4, Order::panels>(shape, slope_map(shape, slopes), {0, shape.out, shape.out}, first,
                                                 last, begin, end, values);
}

void add_products(const StridedShape& shape, const float* inputs, const float* slopes, int64_t count, int64_t begin,
                  int64_t end, float* sums) {
  const int64_t depth = shape.depth();
  for (int64_t f = begin; f < end; ++f) {
    const PhaseRange range = phases_at(f);
    const float* left = inputs + f * frequency_step(count, depth);
    const float* right = slopes + f * frequency_step(count, shape.out);
    float* to = sums + f * frequency_step(depth, shape.out);
    for (int64_t k = 0; k < shape.out; k += kRun) {
      const int64_t width = panel_width<float>(k, shape.out);
      for (int64_t c = range.first * shape.in; c < range.last * shape.in; c += kRun) {
        product<float>({.left = left + c * count,
                        .rows = kRun,
                        .row_step = 1,
                        .depth_step = kRun,
                        .right = right + k * count,
                        .depth = count,
                        .sums = to + k * depth + c * width,
                        .add = true},
                       width);
      }
    }
  }
}

void weight_gradient(const float* sums, int64_t out, int64_t in, float* gradient) {
  const int64_t step = frequency_step(4 * in, out);
  for (int64_t k = 0; k < out; k += kWidth) {
    for (int64_t c = 0; c < in; ++c) {
      Line taps[9];
      for (int64_t p = 0; p < 4; ++p) {
        const Phase phase = kPhases[p];
        const float* from = sums + panel_place<float>(4 * in, out, p * in + c, k);
        Line values[kStridedFrequencies], lines[5 * 3];
        for (int64_t f = 0; f < kStridedFrequencies; ++f) values[f] = load(from + f * step);
        for (int i = 0; i < 5; ++i) gradient_line(phase.column == 1, values + i * 5, 1, lines + i * 3, 1);
        for (int x = phase.column == 1 ? 0 : 1; x < 3; x += 2) gradient_line(phase.row == 1, lines + x, 3, taps + x, 3);
      }
      for (int64_t t = 0; t < 9; ++t) {
        for (int64_t lane = 0; lane < kWidth; ++lane) gradient[((k + lane) * in + c) * 9 + t] += taps[t][lane];
      }
    }
  }
}

}  // namespace

extern const StridedKernels kStrided = {.transform_weights = transform_weights,
                                        .transform_weights_back = transform_weights_back,
                                        .forward = forward,
                                        .backward = backward,
                                        .input_values = input_values,
                                        .slope_values = slope_values,
                                        .add_products = add_products,
                                        .weight_gradient = weight_gradient};

}  // namespace nlb::NLB_ISA
