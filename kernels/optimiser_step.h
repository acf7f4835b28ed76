// kernels/optimiser_step.h -- one element of an optimiser's update, with the order of operations of torch.optim (2.11,
// single tensor form), so that results differ by rounding only. Elements with value and gradient 0 stay 0: padding
// survives.
#pragma once

#include <cmath>
#include <cstdint>

#include "core/draws.h"
#include "kernels/isa.h"

namespace nlb {

/// torch.optim.SGD with dampening 0. A momentum buffer of zeros acts as torch's missing one.
template <typename T>
struct SgdConstants {
  T learning_rate, weight_decay, momentum;
  bool nesterov;
};

template <typename T>
[[gnu::always_inline]] NLB_HD inline void sgd_element(const SgdConstants<T>& constants, T gradient, T& value,
                                                      T& momentum) {
  gradient = gradient + constants.weight_decay * value;
  momentum = momentum * constants.momentum + gradient;
  value = value - constants.learning_rate * (constants.nesterov ? gradient + constants.momentum * momentum : momentum);
}

/// Without momentum there is no buffer.
template <typename T>
[[gnu::always_inline]] NLB_HD inline void sgd_element(const SgdConstants<T>& constants, T gradient, T& value) {
  value = value - constants.learning_rate * (gradient + constants.weight_decay * value);
}

/// torch.optim.Adam: L2 term in the gradient, bias correction. step_size = rate / (1 - beta1^t);
/// inverse_correction = 1 / sqrt(1 - beta2^t): torch divides by the root, which costs a second division per element.
template <typename T>
struct AdamConstants {
  T step_size, weight_decay, rest1, beta2, rest2, inverse_correction, epsilon;  ///< rest: 1 - beta, rounded once
};

template <typename T>
[[gnu::always_inline]] NLB_HD inline void adam_element(const AdamConstants<T>& constants, T gradient, T& value,
                                                       T& moment1, T& moment2) {
  gradient = gradient + constants.weight_decay * value;
  moment1 = moment1 + constants.rest1 * (gradient - moment1);
  moment2 = moment2 * constants.beta2 + constants.rest2 * gradient * gradient;
  const T denominator = std::sqrt(moment2) * constants.inverse_correction + constants.epsilon;
  value = value - constants.step_size * moment1 / denominator;
}

/// Over `count` elements of contiguous memory. momentum may be null where constants.momentum is 0.
template <typename T>
struct OptimiserKernels {
  void (*sgd_step)(const SgdConstants<T>& constants, int64_t count, const T* gradient, T* value, T* momentum);
  void (*adam_step)(const AdamConstants<T>& constants, int64_t count, const T* gradient, T* value, T* moment1,
                    T* moment2);
};

/// T: float or double. All sets give the same bits. Code for a set that the processor lacks must not be called.
template <typename T>
const OptimiserKernels<T>& optimiser_kernels(Isa isa = cpu_isa());
template <>
const OptimiserKernels<float>& optimiser_kernels(Isa isa);
template <>
const OptimiserKernels<double>& optimiser_kernels(Isa isa);

/// What may change from step to step, where a captured launch reads it: prepared[0] is the learning rate of sgd, or
/// adam's step size, prepared[1] its inverse correction and prepared[2] rest1. Null: the constants are as they are.
template <typename T>
NLB_HD inline SgdConstants<T> sgd_constants(SgdConstants<T> constants, const T* prepared) {
  if (prepared != nullptr) constants.learning_rate = prepared[0];
  return constants;
}
template <typename T>
NLB_HD inline AdamConstants<T> adam_constants(AdamConstants<T> constants, const T* prepared) {
  if (prepared == nullptr) return constants;
  constants.step_size = prepared[0];
  constants.inverse_correction = prepared[1];
  constants.rest1 = prepared[2];
  return constants;
}

/// The same on the current CUDA device: device memory, `prepared` too, `stream` a cudaStream_t. Returns when launched;
/// throws InternalError when the launch is refused.
template <class T>
void sgd_step_cuda(const SgdConstants<T>& constants, int64_t count, const T* gradient, T* value, T* momentum,
                   const T* prepared, void* stream);
template <class T>
void adam_step_cuda(const AdamConstants<T>& constants, int64_t count, const T* gradient, T* value, T* moment1,
                    T* moment2, const T* prepared, void* stream);

}  // namespace nlb
