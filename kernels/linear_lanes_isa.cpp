// Compiled once per instruction set, NLB_ISA naming it: see kernels/isa.h and kernels/lanes.h.
#include <utility>

#include "kernels/lanes.h"
#include "kernels/linear_lanes.h"

namespace nlb::NLB_ISA {
namespace {

template <typename T>
const Lanes<T>* lanes_of(const T* values) {
  return reinterpret_cast<const Lanes<T>*>(values);
}
template <typename T>
Lanes<T>* lanes_of(T* values) {
  return reinterpret_cast<Lanes<T>*>(values);
}

// ---- products: a tile of OUT units times COLUMNS registers of samples

template <typename T, int OUT, int COLUMNS>
[[gnu::always_inline]] inline void tile_sums(const WeightView<T>& weights, int64_t first, const Lanes<T>* input,
                                             int64_t registers, Lanes<T> (&sums)[OUT][COLUMNS]) {
  const T* weight = weights.values + first * weights.out_step;
  for (int64_t i = 0; i < weights.in; ++i, weight += weights.in_step, input += registers) {
    Lanes<T> samples[COLUMNS];
#pragma GCC unroll 8
    for (int c = 0; c < COLUMNS; ++c) samples[c] = input[c];
#pragma GCC unroll 16
    for (int o = 0; o < OUT; ++o) {
      const Lanes<T> factor = spread<T>(weight[o * weights.out_step]);
#pragma GCC unroll 8
      for (int c = 0; c < COLUMNS; ++c) sums[o][c] = fma(factor, samples[c], sums[o][c]);
    }
  }
}

/// What happens to the sums before they are stored.
template <typename T>
struct Finish {
  const T* bias;  ///< may be null
  bool relu;
  const T* mask;  ///< may be null
};

template <typename T, int OUT, int COLUMNS>
void product_tile(const WeightView<T>& weights, const Finish<T>& finish, int64_t first, int64_t column, const T* input,
                  int64_t registers, T* result) {
  Lanes<T> sums[OUT][COLUMNS];
#pragma GCC unroll 16
  for (int o = 0; o < OUT; ++o) {
    const Lanes<T> start = finish.bias != nullptr ? spread<T>(finish.bias[first + o]) : Lanes<T>{};
#pragma GCC unroll 8
    for (int c = 0; c < COLUMNS; ++c) sums[o][c] = start;
  }
  tile_sums<T, OUT, COLUMNS>(weights, first, lanes_of(input) + column, registers, sums);
#pragma GCC unroll 16
  for (int o = 0; o < OUT; ++o) {
    const int64_t at = (first + o) * registers + column;
#pragma GCC unroll 8
    for (int c = 0; c < COLUMNS; ++c) {
      Lanes<T> value = sums[o][c];
      if (finish.relu) value = larger<T>(value, Lanes<T>{});
      if (finish.mask != nullptr) value = lanes_of(finish.mask)[at + c] > Lanes<T>{} ? value : Lanes<T>{};
      lanes_of(result)[at + c] = value;
    }
  }
}

/// The last tile ends at the last unit, overlapping the one before where they do not divide it.
template <typename T, int OUT>
void product_tiles(const WeightView<T>& weights, const Finish<T>& finish, const T* input, int64_t registers,
                   T* result) {
  for (int64_t done = 0; done < weights.out; done += OUT) {
    const int64_t first = done + OUT <= weights.out ? done : weights.out - OUT;
    int64_t column = 0;
    for (; column + 2 <= registers; column += 2) {
      product_tile<T, OUT, 2>(weights, finish, first, column, input, registers, result);
    }
    if (column < registers) product_tile<T, OUT, 1>(weights, finish, first, column, input, registers, result);
  }
}

template <typename T>
void product(const WeightView<T>& weights, const Finish<T>& finish, const T* input, int64_t batch, T* result) {
  const int64_t registers = batch / kLanes<T>;
  if (kManyRegisters && weights.out >= 10) return product_tiles<T, 10>(weights, finish, input, registers, result);
  if (weights.out >= 5) return product_tiles<T, 5>(weights, finish, input, registers, result);
  product_tiles<T, 1>(weights, finish, input, registers, result);
}

template <typename T>
void forward(const WeightView<T>& weights, const T* bias, bool relu, const T* input, int64_t batch, T* result) {
  product<T>(weights, {.bias = bias, .relu = relu, .mask = nullptr}, input, batch, result);
}

template <typename T>
void masked_product(const WeightView<T>& weights, const T* mask, const T* input, int64_t batch, T* result) {
  product<T>(weights, {.bias = nullptr, .relu = false, .mask = mask}, input, batch, result);
}

// ---- gradients

/// Adds the first `count` lanes of `sums` to memory that ends there.
template <typename T>
[[gnu::always_inline]] inline void add_to(T* values, Lanes<T> sums, int64_t count) {
  if (count >= kLanes<T>) {
    return store(values, load(values) + sums);
  }
  T parts[kLanes<T>];
  __builtin_memcpy(parts, &sums, sizeof(parts));
  for (int64_t lane = 0; lane < count; ++lane) values[lane] += parts[lane];
}

/// `input_stride` is `in` rounded up to whole registers.
struct GradientShape {
  int64_t in, samples, slope_stride, input_stride;
};

template <typename T, int OUT, int COLUMNS>
void gradient_tile(const GradientShape& shape, const T* slopes, const T* inputs, int64_t column, T* gradient) {
  Lanes<T> sums[OUT][COLUMNS] = {};
  const T* row = inputs + column;
  for (int64_t sample = 0; sample < shape.samples; ++sample, row += shape.input_stride, slopes += shape.slope_stride) {
    Lanes<T> values[COLUMNS];
#pragma GCC unroll 8
    for (int c = 0; c < COLUMNS; ++c) values[c] = lanes_of(row)[c];
#pragma GCC unroll 8
    for (int o = 0; o < OUT; ++o) {
      const Lanes<T> slope = spread<T>(slopes[o]);
#pragma GCC unroll 8
      for (int c = 0; c < COLUMNS; ++c) sums[o][c] = fma(slope, values[c], sums[o][c]);
    }
  }
#pragma GCC unroll 8
  for (int o = 0; o < OUT; ++o) {
#pragma GCC unroll 8
    for (int c = 0; c < COLUMNS; ++c) {
      const int64_t at = column + c * kLanes<T>;
      add_to<T>(gradient + o * shape.in + at, sums[o][c], shape.in - at);
    }
  }
}

/// The columns that fill no whole tile: at most COLUMNS registers.
template <typename T, int OUT, int COLUMNS>
void last_columns(const GradientShape& shape, const T* slopes, const T* inputs, int64_t column, T* gradient) {
  if constexpr (COLUMNS > 0) {
    if (shape.input_stride - column == COLUMNS * kLanes<T>) {
      return gradient_tile<T, OUT, COLUMNS>(shape, slopes, inputs, column, gradient);
    }
    last_columns<T, OUT, COLUMNS - 1>(shape, slopes, inputs, column, gradient);
  }
}

template <typename T, int OUT>
void gradient_rows(const GradientShape& shape, const T* slopes, const T* inputs, T* gradient) {
  constexpr int kColumns = kManyRegisters ? 5 : 2;
  constexpr int64_t kStep = kColumns * kLanes<T>;
  int64_t column = 0;
  for (; column + kStep <= shape.input_stride; column += kStep) {
    gradient_tile<T, OUT, kColumns>(shape, slopes, inputs, column, gradient);
  }
  last_columns<T, OUT, kColumns - 1>(shape, slopes, inputs, column, gradient);
}

template <typename T>
void weight_gradient(int64_t out, int64_t in, int64_t samples, const T* slopes, int64_t slope_stride, const T* inputs,
                     int64_t input_stride, T* gradient) {
  const GradientShape shape = {in, samples, slope_stride, input_stride};
  int64_t first = 0;
  for (; first + 4 <= out; first += 4) gradient_rows<T, 4>(shape, slopes + first, inputs, gradient + first * in);
  for (; first < out; ++first) gradient_rows<T, 1>(shape, slopes + first, inputs, gradient + first * in);
}

template <typename T>
void bias_gradient(const T* slopes, int64_t out, int64_t batch, T* gradient) {
  for (int64_t o = 0; o < out; ++o) {
    Lanes<T> total = {};
    for (int64_t r = 0; r < batch / kLanes<T>; ++r) total += lanes_of(slopes)[o * (batch / kLanes<T>)+r];
    gradient[o] += sum<T>(total);
  }
}

// ---- between rows and planes: a square of registers at a time

/// Values of two registers by turns, those of their lower halves (FROM 0) or of their upper ones.
template <typename T, int FROM, int... LANE>
[[gnu::always_inline]] inline Lanes<T> interleave(Lanes<T> even, Lanes<T> odd,
                                                  std::integer_sequence<int, LANE...> /*lanes*/) {
  constexpr int kOdd = static_cast<int>(kLanes<T>);
  return __builtin_shufflevector(even, odd, (FROM + LANE / 2 + LANE % 2 * kOdd)...);
}

/// Each round moves the highest bit of the row's number to the end of the lane's number, and that bit of the lane's
/// number to the end of the row's. When all have moved, rows and lanes have changed places.
template <typename T>
[[gnu::always_inline]] inline void transpose(Lanes<T> (&square)[kLanes<T>]) {
  constexpr auto kCount = static_cast<int>(kLanes<T>);
  constexpr int kHalf = kCount / 2;
  using Numbers = std::make_integer_sequence<int, kCount>;
#pragma GCC unroll 4
  for (int round = 1; round < kCount; round *= 2) {
    Lanes<T> next[kCount];
#pragma GCC unroll 8
    for (int i = 0; i < kHalf; ++i) {
      next[2 * i] = interleave<T, 0>(square[i], square[i + kHalf], Numbers());
      next[2 * i + 1] = interleave<T, kHalf>(square[i], square[i + kHalf], Numbers());
    }
#pragma GCC unroll 16
    for (int i = 0; i < kCount; ++i) square[i] = next[i];
  }
}

template <typename T>
void store_rows(const T* planes, int64_t values, int64_t batch, int64_t count, T* rows, int64_t stride) {
  const int64_t whole = values / kLanes<T> * kLanes<T>;
  for (int64_t first = 0; first < count; first += kLanes<T>) {
    const int64_t samples = first + kLanes<T> <= count ? kLanes<T> : count - first;
    T* const row = rows + first * stride;
    for (int64_t value = 0; value < whole; value += kLanes<T>) {
      Lanes<T> square[kLanes<T>];
#pragma GCC unroll 16
      for (int i = 0; i < kLanes<T>; ++i) square[i] = *lanes_of(planes + (value + i) * batch + first);
      transpose<T>(square);
#pragma GCC unroll 16
      for (int i = 0; i < kLanes<T>; ++i) {
        if (i < samples) store(row + i * stride + value, square[i]);
      }
    }
    for (int64_t value = whole; value < values; ++value) {
      for (int64_t i = 0; i < samples; ++i) row[i * stride + value] = planes[value * batch + first + i];
    }
  }
}

template <typename T>
void load_rows(const T* rows, int64_t stride, int64_t count, int64_t values, int64_t batch, T* planes) {
  const int64_t whole = values / kLanes<T> * kLanes<T>;
  for (int64_t first = 0; first < batch; first += kLanes<T>) {
    const int64_t samples = first + kLanes<T> <= count ? kLanes<T> : count - first;
    const T* const row = rows + first * stride;
    for (int64_t value = 0; value < whole; value += kLanes<T>) {
      Lanes<T> square[kLanes<T>];
#pragma GCC unroll 16
      for (int i = 0; i < kLanes<T>; ++i) {
        square[i] = i < samples ? load(row + i * stride + value) : Lanes<T>{};
      }
      transpose<T>(square);
#pragma GCC unroll 16
      for (int i = 0; i < kLanes<T>; ++i) *lanes_of(planes + (value + i) * batch + first) = square[i];
    }
    for (int64_t value = whole; value < values; ++value) {
      for (int64_t i = 0; i < kLanes<T>; ++i) {
        planes[value * batch + first + i] = i < samples ? row[i * stride + value] : T(0);
      }
    }
  }
}

template <typename T>
constexpr LinearKernels<T> kTable = {.lanes = kLanes<T>,
                                     .forward = forward<T>,
                                     .masked_product = masked_product<T>,
                                     .weight_gradient = weight_gradient<T>,
                                     .bias_gradient = bias_gradient<T>,
                                     .store_rows = store_rows<T>,
                                     .load_rows = load_rows<T>};

}  // namespace

extern const LinearKernels<float> kLinearFloat;
extern const LinearKernels<double> kLinearDouble;
constinit const LinearKernels<float> kLinearFloat = kTable<float>;
constinit const LinearKernels<double> kLinearDouble = kTable<double>;

}  // namespace nlb::NLB_ISA
