// nlbench's own launchers on the device that is not there: the CPU twins, between the addresses that tensors carry.
#include "core/error.h"
#include "kernels/augment.h"
#include "kernels/collect.h"
#include "kernels/dropout_mask.h"
#include "kernels/has_kernels.h"
#include "kernels/norm.h"
#include "kernels/optimiser_step.h"
#include "kernels/state_digest.h"
#include "tests/device/device_memory.h"
#include "tests/device/journal.h"

namespace nlb {
namespace {

using test::OpenMemory;

/// A launch that is handed an address of the host reads garbage on a GPU, or ends it.
void check_there(const void* address) {
  NLB_CHECK(address == nullptr || test::device_of(address) >= 0, "a kernel was handed an address of the host");
}

}  // namespace

bool has_cuda_kernels() { return true; }

template <class T>
void augment_cuda(const PixelArray& images, const int64_t* rows, int64_t count, const Augmentation& how, const T* table,
                  uint8_t* canvases, T* out, void*) {
  test::write_operation("nlb::augment_cuda");
  for (const void* address : std::initializer_list<const void*>{images.pixels, images.places, rows, table, canvases,
                                                                out, how.policy.operations, how.policy.list}) {
    check_there(address);
  }
  const OpenMemory open;
  augment_cpu(images, rows, count, how, table, out);
}
template void augment_cuda(const PixelArray&, const int64_t*, int64_t, const Augmentation&, const float*, uint8_t*,
                           float*, void*);
template void augment_cuda(const PixelArray&, const int64_t*, int64_t, const Augmentation&, const double*, uint8_t*,
                           double*, void*);

void state_digest_cuda(const DigestPart* parts, int64_t count, int64_t, DigestSums* lanes, void*) {
  test::write_operation("nlb::state_digest_cuda");
  check_there(parts);
  check_there(lanes);
  const OpenMemory open;
  for (int64_t part = 0; part < count; ++part) {
    check_there(parts[part].bytes);
    state_digest_cpu(parts[part].bytes, parts[part].size, 0, digest_tiles(parts[part].size), lanes[part]);
  }
}

template <class T>
void sgd_step_cuda(const SgdConstants<T>& constants, int64_t count, const T* gradient, T* value, T* momentum, void*) {
  test::write_operation("nlb::sgd_step_cuda");
  for (const void* address : std::initializer_list<const void*>{gradient, value, momentum}) check_there(address);
  const OpenMemory open;
  optimiser_kernels<T>().sgd_step(constants, count, gradient, value, momentum);
}
template <class T>
void adam_step_cuda(const AdamConstants<T>& constants, int64_t count, const T* gradient, T* value, T* moment1,
                    T* moment2, void*) {
  test::write_operation("nlb::adam_step_cuda");
  for (const void* address : std::initializer_list<const void*>{gradient, value, moment1, moment2})
    check_there(address);
  const OpenMemory open;
  optimiser_kernels<T>().adam_step(constants, count, gradient, value, moment1, moment2);
}
template <class T>
void collect_cuda(const Pieces<T>& pieces, T* flat, void*) {
  test::write_operation("nlb::collect_cuda");
  check_there(flat);
  const OpenMemory open;
  collect_cpu(pieces, flat);
}
template <class T>
void dropout_cuda(const DropoutDraw& how, const DropoutShape& shape, const T* input, T* out, void*) {
  test::write_operation("nlb::dropout_cuda");
  check_there(input);
  check_there(out);
  const OpenMemory open;
  dropout_cpu(how, shape, input, out);
}
template <class T>
void norm_forward_cuda(const NormForward<T>& how, double* workspace, void*) {
  test::write_operation("nlb::norm_forward_cuda");
  check_there(workspace);
  const OpenMemory open;
  norm_forward_cpu(how);
}
template <class T>
void norm_evaluate_cuda(const NormForward<T>& how, void*) {
  test::write_operation("nlb::norm_evaluate_cuda");
  const OpenMemory open;
  norm_evaluate_cpu(how);
}
template <class T>
void norm_backward_cuda(const NormBackward<T>& how, double* workspace, void*) {
  test::write_operation("nlb::norm_backward_cuda");
  check_there(workspace);
  const OpenMemory open;
  norm_backward_cpu(how);
}

template void sgd_step_cuda(const SgdConstants<float>&, int64_t, const float*, float*, float*, void*);
template void sgd_step_cuda(const SgdConstants<double>&, int64_t, const double*, double*, double*, void*);
template void adam_step_cuda(const AdamConstants<float>&, int64_t, const float*, float*, float*, float*, void*);
template void adam_step_cuda(const AdamConstants<double>&, int64_t, const double*, double*, double*, double*, void*);
template void collect_cuda(const Pieces<float>&, float*, void*);
template void collect_cuda(const Pieces<double>&, double*, void*);
template void dropout_cuda(const DropoutDraw&, const DropoutShape&, const float*, float*, void*);
template void dropout_cuda(const DropoutDraw&, const DropoutShape&, const double*, double*, void*);
template void dropout_cuda(const DropoutDraw&, const DropoutShape&, const Bfloat16*, Bfloat16*, void*);
template void norm_forward_cuda(const NormForward<float>&, double*, void*);
template void norm_forward_cuda(const NormForward<double>&, double*, void*);
template void norm_forward_cuda(const NormForward<Bfloat16>&, double*, void*);
template void norm_evaluate_cuda(const NormForward<float>&, void*);
template void norm_evaluate_cuda(const NormForward<double>&, void*);
template void norm_evaluate_cuda(const NormForward<Bfloat16>&, void*);
template void norm_backward_cuda(const NormBackward<float>&, double*, void*);
template void norm_backward_cuda(const NormBackward<double>&, double*, void*);
template void norm_backward_cuda(const NormBackward<Bfloat16>&, double*, void*);

}  // namespace nlb
