#include "kernels/launch.h"
#include "kernels/optimiser_step.h"

namespace nlb {
namespace {

constexpr int kThreads = 256;

unsigned blocks_for(int64_t count) { return static_cast<unsigned>((count + kThreads - 1) / kThreads); }
__device__ int64_t element() { return int64_t{blockIdx.x} * kThreads + threadIdx.x; }

template <class T>
__global__ void sgd_kernel(SgdConstants<T> fixed, int64_t count, const T* gradient, T* value, T* momentum,
                           const T* prepared) {
  const int64_t i = element();
  if (i >= count) return;
  const SgdConstants<T> constants = sgd_constants(fixed, prepared);
  if (momentum != nullptr) {
    sgd_element(constants, gradient[i], value[i], momentum[i]);
  } else {
    sgd_element(constants, gradient[i], value[i]);
  }
}

template <class T>
__global__ void adam_kernel(AdamConstants<T> constants, int64_t count, const T* gradient, T* value, T* moment1,
                            T* moment2, const T* prepared) {
  const int64_t i = element();
  if (i < count) adam_element(adam_constants(constants, prepared), gradient[i], value[i], moment1[i], moment2[i]);
}

}  // namespace

template <class T>
void sgd_step_cuda(const SgdConstants<T>& constants, int64_t count, const T* gradient, T* value, T* momentum,
                   const T* prepared, void* stream) {
  if (count == 0) return;  // a launch without blocks is an error
  launch("sgd kernel", sgd_kernel<T>, blocks_for(count), kThreads, stream, constants, count, gradient, value, momentum,
         prepared);
}

template <class T>
void adam_step_cuda(const AdamConstants<T>& constants, int64_t count, const T* gradient, T* value, T* moment1,
                    T* moment2, const T* prepared, void* stream) {
  if (count == 0) return;
  launch("adam kernel", adam_kernel<T>, blocks_for(count), kThreads, stream, constants, count, gradient, value, moment1,
         moment2, prepared);
}

template void sgd_step_cuda(const SgdConstants<float>&, int64_t, const float*, float*, float*, const float*, void*);
template void sgd_step_cuda(const SgdConstants<double>&, int64_t, const double*, double*, double*, const double*,
                            void*);
template void adam_step_cuda(const AdamConstants<float>&, int64_t, const float*, float*, float*, float*, const float*,
                             void*);
template void adam_step_cuda(const AdamConstants<double>&, int64_t, const double*, double*, double*, double*,
                             const double*, void*);

}  // namespace nlb
