// Compiled once per instruction set, NLB_ISA naming it (kernels/isa.h): wider registers, the same bits, because each
// element is computed alone and no multiply-add is contracted.
#include "kernels/optimiser_step.h"

namespace nlb::NLB_ISA {
namespace {

template <typename T>
void sgd_step(const SgdConstants<T>& constants, int64_t count, const T* __restrict gradient, T* __restrict value,
              T* __restrict momentum) {
  const SgdConstants<T> c = constants;
  if (momentum == nullptr) {
    for (int64_t i = 0; i < count; ++i) sgd_element(c, gradient[i], value[i]);
  } else {
    for (int64_t i = 0; i < count; ++i) sgd_element(c, gradient[i], value[i], momentum[i]);
  }
}

template <typename T>
void adam_step(const AdamConstants<T>& constants, int64_t count, const T* __restrict gradient, T* __restrict value,
               T* __restrict moment1, T* __restrict moment2) {
  const AdamConstants<T> c = constants;
  for (int64_t i = 0; i < count; ++i) adam_element(c, gradient[i], value[i], moment1[i], moment2[i]);
}

}  // namespace

extern const OptimiserKernels<float> kOptimiserFloat;
extern const OptimiserKernels<double> kOptimiserDouble;
constinit const OptimiserKernels<float> kOptimiserFloat = {.sgd_step = sgd_step<float>, .adam_step = adam_step<float>};
constinit const OptimiserKernels<double> kOptimiserDouble = {.sgd_step = sgd_step<double>,
                                                             .adam_step = adam_step<double>};

}  // namespace nlb::NLB_ISA
