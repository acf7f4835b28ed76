#include "kernels/dropout_mask.h"
#include "kernels/launch.h"

namespace nlb {
namespace {

constexpr int kThreads = 256;

template <class T>
__global__ void dropout_kernel(DropoutDraw how, DropoutShape shape, const T* input, T* out) {
  const int64_t turn = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (4 * turn < shape.count()) dropout_group(how, shape, shape.group(turn), input, out);
}

}  // namespace

template <class T>
void dropout_cuda(const DropoutDraw& how, const DropoutShape& shape, const T* input, T* out, void* stream) {
  const int64_t groups = (shape.count() + 3) / 4;
  if (groups == 0) return;  // a launch without blocks is an error
  launch("dropout kernel", dropout_kernel<T>, dim3(static_cast<unsigned>((groups + kThreads - 1) / kThreads)), kThreads,
         stream, how, shape, input, out);
}

template void dropout_cuda(const DropoutDraw&, const DropoutShape&, const float*, float*, void*);
template void dropout_cuda(const DropoutDraw&, const DropoutShape&, const double*, double*, void*);
template void dropout_cuda(const DropoutDraw&, const DropoutShape&, const Bfloat16*, Bfloat16*, void*);

}  // namespace nlb
