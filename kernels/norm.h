// kernels/norm.h -- batch norm over activations with channels last, with what stands around it in residual networks, as
// one pass each way: s = x (+ before); y = act(norm(s) (+ after)), act(v) = v > 0 ? v : slope * v (slope 0: ReLU, 1:
// none). Arithmetic is torch.nn.BatchNorm2d's; mean and variance are summed in double in an order that the device
// fixes.
//
// Rows are [N, H, W], so memory is [rows, channels]. T: float, double, Bfloat16; weights and statistics are
// Arithmetics<T>: float for bf16.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/bfloat16.h"

namespace nlb {

struct NormShape {
  int64_t rows, channels;
};

/// Null where a part is not wanted.
template <class T>
struct NormForward {
  using Wide = Arithmetics<T>;
  NormShape shape;
  const T *x, *before, *after;            ///< [rows, channels]; before and after may be null
  const Wide *weight, *bias;              ///< [channels]
  Wide *running_mean, *running_variance;  ///< [channels]; null: they stay (training), never null in evaluation
  T *sum, *y;                             ///< sum: x + before, where before is given
  Wide *mean, *inverse;      ///< [channels], of the batch: written in training; 1 / sqrt(variance + epsilon)
  double momentum, epsilon;  ///< momentum: share of the new batch, whose running variance is unbiased
  Wide slope;
};

template <class T>
struct NormBackward {
  using Wide = Arithmetics<T>;
  NormShape shape;
  const T *s, *y, *gradient;  ///< s: what was normalised; y only where `after` was given (else it is computed again)
  const T* second;            ///< of y too, where it has two readers: added to `gradient`; may be null
  const T* other;             ///< gradient that reaches s by another way; may be null
  const Wide *weight, *bias, *mean, *inverse;
  T *input, *after;                       ///< gradients of s and, where it was given, of `after`
  Wide *weight_gradient, *bias_gradient;  ///< [channels]
  Wide slope;
};

template <class Wide>
NLB_HD inline Wide norm_activate(Wide value, Wide slope) {
  if (value > 0) return value;
  if (slope == 0) return value == value ? Wide{0} : value;
  return slope * value;
}

template <class Wide>
NLB_HD inline Wide norm_value(Wide s, Wide mean, Wide inverse, Wide weight, Wide bias) {
  return (s - mean) * (inverse * weight) + bias;
}

/// What of the gradient passes the activation whose value, or the value's sign, is given.
template <class Wide>
NLB_HD inline Wide norm_passing(Wide gradient, Wide value, Wide slope) {
  return value > 0 ? gradient : slope * gradient;
}

/// The kernels' passes over [rows, channels], each a read or a write of all of it: forward twice over what is
/// normalised (statistics, then values), backward twice over all that the gradients are made of. The shim counts them
/// (tests/kernels).
template <class T>
int norm_forward_passes(const NormForward<T>& how) {
  const int sum = how.before != nullptr ? 2 : 0;  // `before` read, the sum written
  return sum + 2 + (how.after != nullptr ? 1 : 0) + 1;
}
template <class T>
int norm_evaluate_passes(const NormForward<T>& how) {
  return norm_forward_passes(how) - 1;
}
template <class T>
int norm_backward_passes(const NormBackward<T>& how) {
  const int twice = 2 + (how.y != nullptr ? 1 : 0) + (how.second != nullptr ? 1 : 0);
  return 2 * twice + (how.other != nullptr ? 1 : 0) + 1 + (how.after != nullptr ? 1 : 0);
}

/// Sums of a channel's batch over rows of d = s - shift (the first row's value): total d, total d * d.
template <class Wide>
struct NormMoments {
  Wide mean, inverse, variance;  ///< the biased one
};
template <class Wide>
NLB_HD inline NormMoments<Wide> norm_moments(double shift, double total, double squares, int64_t rows, double epsilon) {
  const double offset = total / static_cast<double>(rows);
  double variance = squares / static_cast<double>(rows) - offset * offset;
  variance = variance > 0 ? variance : (variance == variance ? 0 : variance);
  return {static_cast<Wide>(shift + offset), static_cast<Wide>(1 / sqrt(variance + epsilon)),
          static_cast<Wide>(variance)};
}

template <class Wide>
NLB_HD inline void norm_keep(Wide* running, Wide value, double momentum) {
  *running = static_cast<Wide>(1 - momentum) * *running + static_cast<Wide>(momentum) * value;
}

/// Training: batch statistics. Evaluation: running ones. Host memory.
template <class T>
void norm_forward_cpu(const NormForward<T>& how);
template <class T>
void norm_evaluate_cpu(const NormForward<T>& how);
template <class T>
void norm_backward_cpu(const NormBackward<T>& how);

/// Doubles that norm_forward_cuda and norm_backward_cuda work in, for any device: two sums of each block's channels, at
/// most kNormTile, and two of each channel.
inline constexpr int64_t kNormBlocks = 1024, kNormTile = 128;
inline int64_t norm_workspace(const NormShape& shape) {
  const int64_t tile = shape.channels < kNormTile ? shape.channels : kNormTile;
  return 2 * (kNormBlocks * tile + shape.channels);
}

/// On the current CUDA device: device memory, `workspace` [norm_workspace(shape)], `stream` a cudaStream_t. One launch
/// each, whose blocks wait for each other. Return when launched; throw InternalError when the launch is refused.
template <class T>
void norm_forward_cuda(const NormForward<T>& how, double* workspace, void* stream);
template <class T>
void norm_evaluate_cuda(const NormForward<T>& how, void* stream);
template <class T>
void norm_backward_cuda(const NormBackward<T>& how, double* workspace, void* stream);

}  // namespace nlb
