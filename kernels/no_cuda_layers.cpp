// The launchers of layers and optimisers in a build without CUDA, where has_cuda_kernels keeps everybody from them.
#include "kernels/collect.h"
#include "kernels/dropout_mask.h"
#include "kernels/has_kernels.h"
#include "kernels/no_cuda.h"
#include "kernels/norm.h"
#include "kernels/optimiser_step.h"

namespace nlb {

bool has_cuda_kernels() { return false; }

template <class T>
void norm_forward_cuda(const NormForward<T>&, double*, void*) {
  refuse_cuda();
}
template <class T>
void norm_evaluate_cuda(const NormForward<T>&, void*) {
  refuse_cuda();
}
template <class T>
void norm_backward_cuda(const NormBackward<T>&, double*, void*) {
  refuse_cuda();
}
template <class T>
void dropout_cuda(const DropoutDraw&, const DropoutShape&, const T*, T*, void*) {
  refuse_cuda();
}
template <class From, class To>
void collect_cuda(const Pieces<From>&, To*, void*) {
  refuse_cuda();
}
template <class T>
void sgd_step_cuda(const SgdConstants<T>&, int64_t, const T*, T*, T*, const T*, void*) {
  refuse_cuda();
}
template <class T>
void adam_step_cuda(const AdamConstants<T>&, int64_t, const T*, T*, T*, T*, const T*, void*) {
  refuse_cuda();
}

template void norm_forward_cuda(const NormForward<float>&, double*, void*);
template void norm_evaluate_cuda(const NormForward<float>&, void*);
template void norm_backward_cuda(const NormBackward<float>&, double*, void*);
template void dropout_cuda(const DropoutDraw&, const DropoutShape&, const float*, float*, void*);

template void norm_forward_cuda(const NormForward<double>&, double*, void*);
template void norm_evaluate_cuda(const NormForward<double>&, void*);
template void norm_backward_cuda(const NormBackward<double>&, double*, void*);
template void dropout_cuda(const DropoutDraw&, const DropoutShape&, const double*, double*, void*);

template void norm_forward_cuda(const NormForward<Bfloat16>&, double*, void*);
template void norm_evaluate_cuda(const NormForward<Bfloat16>&, void*);
template void norm_backward_cuda(const NormBackward<Bfloat16>&, double*, void*);
template void dropout_cuda(const DropoutDraw&, const DropoutShape&, const Bfloat16*, Bfloat16*, void*);

template void collect_cuda(const Pieces<float>&, float*, void*);
template void collect_cuda(const Pieces<Bfloat16>&, float*, void*);
template void sgd_step_cuda(const SgdConstants<float>&, int64_t, const float*, float*, float*, const float*, void*);
template void adam_step_cuda(const AdamConstants<float>&, int64_t, const float*, float*, float*, float*, const float*,
                             void*);

template void collect_cuda(const Pieces<double>&, double*, void*);
template void sgd_step_cuda(const SgdConstants<double>&, int64_t, const double*, double*, double*, const double*,
                            void*);
template void adam_step_cuda(const AdamConstants<double>&, int64_t, const double*, double*, double*, double*,
                             const double*, void*);

}  // namespace nlb
