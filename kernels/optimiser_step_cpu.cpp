#include "kernels/optimiser_step.h"

namespace nlb {

template <typename T>
void sgd_step_cpu(const SgdConstants<T>& constants, int64_t count, const T* __restrict gradient, T* __restrict value,
                  T* __restrict momentum) {
  const SgdConstants<T> c = constants;
  if (momentum == nullptr) {
    for (int64_t i = 0; i < count; ++i) sgd_element(c, gradient[i], value[i]);
  } else {
    for (int64_t i = 0; i < count; ++i) sgd_element(c, gradient[i], value[i], momentum[i]);
  }
}

template <typename T>
void adam_step_cpu(const AdamConstants<T>& constants, int64_t count, const T* __restrict gradient, T* __restrict value,
                   T* __restrict moment1, T* __restrict moment2) {
  const AdamConstants<T> c = constants;
  for (int64_t i = 0; i < count; ++i) adam_element(c, gradient[i], value[i], moment1[i], moment2[i]);
}

template void sgd_step_cpu(const SgdConstants<float>&, int64_t, const float*, float*, float*);
template void sgd_step_cpu(const SgdConstants<double>&, int64_t, const double*, double*, double*);
template void adam_step_cpu(const AdamConstants<float>&, int64_t, const float*, float*, float*, float*);
template void adam_step_cpu(const AdamConstants<double>&, int64_t, const double*, double*, double*, double*);

}  // namespace nlb
