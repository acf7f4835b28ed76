// kernels/optimiser_step.h -- one element of an optimiser's update, with the order of operations of torch.optim (2.11,
// single tensor form), so that results differ by rounding only. Elements with value and gradient 0 stay 0: padding
// survives.
#pragma once

#include <cmath>
#include <cstdint>

#include "core/draws.h"

namespace nlb {

/// torch.optim.SGD with dampening 0. A momentum buffer of zeros acts as torch's missing one.
template <typename T>
struct SgdConstants {
  T learning_rate, weight_decay, momentum;
  bool nesterov;
};

template <typename T>
NLB_HD inline void sgd_element(const SgdConstants<T>& constants, T gradient, T& value, T& momentum) {
  gradient = gradient + constants.weight_decay * value;
  momentum = momentum * constants.momentum + gradient;
  value = value - constants.learning_rate * (constants.nesterov ? gradient + constants.momentum * momentum : momentum);
}

/// Without momentum there is no buffer.
template <typename T>
NLB_HD inline void sgd_element(const SgdConstants<T>& constants, T gradient, T& value) {
  value = value - constants.learning_rate * (gradient + constants.weight_decay * value);
}

/// torch.optim.Adam: L2 term in the gradient, bias correction. step_size = rate / (1 - beta1^t);
/// correction = sqrt(1 - beta2^t).
template <typename T>
struct AdamConstants {
  T step_size, weight_decay, rest1, beta2, rest2, correction, epsilon;  ///< rest: 1 - beta, rounded once
};

template <typename T>
NLB_HD inline void adam_element(const AdamConstants<T>& constants, T gradient, T& value, T& moment1, T& moment2) {
  gradient = gradient + constants.weight_decay * value;
  moment1 = moment1 + constants.rest1 * (gradient - moment1);
  moment2 = moment2 * constants.beta2 + constants.rest2 * gradient * gradient;
  const T denominator = std::sqrt(moment2) / constants.correction + constants.epsilon;
  value = value - constants.step_size * moment1 / denominator;
}

/// Over `count` elements of contiguous memory; T float or double. momentum may be null where constants.momentum is 0.
template <typename T>
void sgd_step_cpu(const SgdConstants<T>& constants, int64_t count, const T* gradient, T* value, T* momentum);
template <typename T>
void adam_step_cpu(const AdamConstants<T>& constants, int64_t count, const T* gradient, T* value, T* moment1,
                   T* moment2);

}  // namespace nlb
