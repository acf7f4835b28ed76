// The launchers of layers and optimisers in a build without CUDA, where has_cuda_kernels keeps everybody from them.
#include "core/error.h"
#include "kernels/collect.h"
#include "kernels/dropout_mask.h"
#include "kernels/has_kernels.h"
#include "kernels/norm.h"
#include "kernels/optimiser_step.h"

namespace nlb {
namespace {

[[noreturn]] void refuse() { throw EnvironmentError("this build has no CUDA kernels: build it with NLB_CUDA=on"); }

}  // namespace

bool has_cuda_kernels() { return false; }

template <class T>
void norm_forward_cuda(const NormForward<T>&, double*, void*) {
  refuse();
}
template <class T>
void norm_evaluate_cuda(const NormForward<T>&, void*) {
  refuse();
}
template <class T>
void norm_backward_cuda(const NormBackward<T>&, double*, void*) {
  refuse();
}
template <class T>
void dropout_cuda(const DropoutDraw&, const DropoutShape&, const T*, T*, void*) {
  refuse();
}
template <class T>
void collect_cuda(const Pieces<T>&, T*, void*) {
  refuse();
}
template <class T>
void sgd_step_cuda(const SgdConstants<T>&, int64_t, const T*, T*, T*, void*) {
  refuse();
}
template <class T>
void adam_step_cuda(const AdamConstants<T>&, int64_t, const T*, T*, T*, T*, void*) {
  refuse();
}

#define NLB_LAYERS(T)                                                       \
  template void norm_forward_cuda(const NormForward<T>&, double*, void*);   \
  template void norm_evaluate_cuda(const NormForward<T>&, void*);           \
  template void norm_backward_cuda(const NormBackward<T>&, double*, void*); \
  template void dropout_cuda(const DropoutDraw&, const DropoutShape&, const T*, T*, void*);
NLB_LAYERS(float)
NLB_LAYERS(double)
NLB_LAYERS(Bfloat16)
#undef NLB_LAYERS

#define NLB_UPDATES(T)                                                                   \
  template void collect_cuda(const Pieces<T>&, T*, void*);                               \
  template void sgd_step_cuda(const SgdConstants<T>&, int64_t, const T*, T*, T*, void*); \
  template void adam_step_cuda(const AdamConstants<T>&, int64_t, const T*, T*, T*, T*, void*);
NLB_UPDATES(float)
NLB_UPDATES(double)
#undef NLB_UPDATES

}  // namespace nlb
