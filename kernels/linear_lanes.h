// kernels/linear_lanes.h -- linear layers of small nets on one CPU thread. Activations are planes [unit][batch]: one
// register holds one unit of `lanes` samples, and a batch is padded to whole registers. Gradients of weights need rows
// [sample][unit], padded with zeros to whole registers too.
#pragma once

#include <cstdint>

#include "kernels/isa.h"

namespace nlb {

/// A matrix of weights seen as [out][in]: element (o, i) lies at values[o * out_step + i * in_step].
template <typename T>
struct WeightView {
  const T* values = nullptr;
  int64_t out = 0, in = 0, out_step = 0, in_step = 0;
};

/// `batch` is a multiple of `lanes`, `stride` of a row too. Planes and rows are aligned to 64 bytes.
template <typename T>
struct LinearKernels {
  int64_t lanes;
  /// result [out][batch] = weights * input [in][batch] + bias; then, where asked for, ReLU.
  void (*forward)(const WeightView<T>& weights, const T* bias, bool relu, const T* input, int64_t batch, T* result);
  /// No argument may lie in `result`: units at the end may be computed twice.
  /// result [out][batch] = weights * input [in][batch], 0 where `mask` [out][batch] is not positive (null: nowhere).
  void (*masked_product)(const WeightView<T>& weights, const T* mask, const T* input, int64_t batch, T* result);
  /// gradient [out][in] += sum over samples of slopes [sample][out] (slope_stride) * inputs [sample][in]
  /// (input_stride).
  void (*weight_gradient)(int64_t out, int64_t in, int64_t samples, const T* slopes, int64_t slope_stride,
                          const T* inputs, int64_t input_stride, T* gradient);
  /// gradient [out] += sum over the batch of slopes [out][batch].
  void (*bias_gradient)(const T* slopes, int64_t out, int64_t batch, T* gradient);
  /// planes [values][batch] -> rows [count][stride].
  void (*store_rows)(const T* planes, int64_t values, int64_t batch, int64_t count, T* rows, int64_t stride);
  /// rows [count][stride] -> planes [values][batch], zeros beyond count.
  void (*load_rows)(const T* rows, int64_t stride, int64_t count, int64_t values, int64_t batch, T* planes);
};

/// T: float or double. Code for a set that the processor lacks must not be called.
template <typename T>
const LinearKernels<T>& linear_kernels(Isa isa = cpu_isa());
template <>
const LinearKernels<float>& linear_kernels(Isa isa);
template <>
const LinearKernels<double>& linear_kernels(Isa isa);

}  // namespace nlb
