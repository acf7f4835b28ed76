// nlbench's own launchers on the device that is not there: the CPU twins, between the addresses that tensors carry.
#include <initializer_list>
#include <string>

#include "core/error.h"
#include "kernels/augment.h"
#include "kernels/collect.h"
#include "kernels/dropout_mask.h"
#include "kernels/has_kernels.h"
#include "kernels/norm.h"
#include "kernels/optimiser_step.h"
#include "kernels/state_digest.h"
#include "tests/device/capture.h"
#include "tests/device/device_memory.h"
#include "tests/device/journal.h"

namespace nlb {
namespace {

using test::OpenMemory;

/// A launch that is handed an address of the host reads garbage on a GPU, or ends it.
void check_there(const void* address) {
  NLB_CHECK(address == nullptr || test::device_of(address) >= 0, "a kernel was handed an address of the host");
}

template <class T>
int64_t bytes() {
  return static_cast<int64_t>(sizeof(T));
}

/// One launch of a kernel of ours that moves so many bytes, of them so many of activations.
template <class Work>
void play(const char* kernel, int64_t moved, int64_t activations, std::initializer_list<const void*> addresses,
          const Work& work) {
  for (const void* address : addresses) check_there(address);
  const auto start = [=] {
    const std::string name = "nlb::" + std::string(kernel) + "_cuda";
    test::write_operation(name);
    test::write_launches(name, {.launches = 1, .bytes = moved, .activation_bytes = activations});
    const OpenMemory open;
    work();
  };
  start();
  if (test::is_capturing()) test::record(start);
}

}  // namespace

bool has_cuda_kernels() { return true; }

template <class T>
void augment_cuda(const PixelArray& images, const int64_t* rows, int64_t count, const Augmentation& how, const T* table,
                  uint8_t* canvases, T* out, void*) {
  const int64_t values = count * images.channels * images.height * images.width;
  play("augment", values * (1 + bytes<T>()), values * bytes<T>(),
       {images.pixels, images.places, rows, table, canvases, out, how.policy.operations, how.policy.list},
       [=] { augment_cpu(images, rows, count, how, table, out); });
}
template void augment_cuda(const PixelArray&, const int64_t*, int64_t, const Augmentation&, const float*, uint8_t*,
                           float*, void*);
template void augment_cuda(const PixelArray&, const int64_t*, int64_t, const Augmentation&, const double*, uint8_t*,
                           double*, void*);

void state_digest_cuda(const DigestPart* parts, int64_t count, int64_t tiles, DigestSums* lanes, void*) {
  play("state_digest", tiles * kDigestTileBytes, 0, {parts, lanes}, [=] {
    for (int64_t part = 0; part < count; ++part) {
      check_there(parts[part].bytes);
      state_digest_cpu(parts[part].bytes, parts[part].size, 0, digest_tiles(parts[part].size), lanes[part]);
    }
  });
}

template <class T>
void sgd_step_cuda(const SgdConstants<T>& constants, int64_t count, const T* gradient, T* value, T* momentum,
                   const T* prepared, void*) {
  play("sgd_step", (momentum != nullptr ? 5 : 3) * count * bytes<T>(), 0, {gradient, value, momentum, prepared},
       [=] { optimiser_kernels<T>().sgd_step(sgd_constants(constants, prepared), count, gradient, value, momentum); });
}
template <class T>
void adam_step_cuda(const AdamConstants<T>& constants, int64_t count, const T* gradient, T* value, T* moment1,
                    T* moment2, const T* prepared, void*) {
  play("adam_step", 7 * count * bytes<T>(), 0, {gradient, value, moment1, moment2, prepared}, [=] {
    optimiser_kernels<T>().adam_step(adam_constants(constants, prepared), count, gradient, value, moment1, moment2);
  });
}
template <class From, class To>
void collect_cuda(const Pieces<From>& pieces, To* flat, void*) {
  int64_t moved = 0;
  for (int p = 0; p < pieces.number; ++p) {
    check_there(pieces.piece[p].from);
    moved += pieces.piece[p].count * (bytes<To>() + (pieces.piece[p].from != nullptr ? bytes<From>() : 0));
  }
  play("collect", moved, 0, {flat}, [=] { collect_cpu(pieces, flat); });
}
template <class T>
void dropout_cuda(const DropoutDraw& how, const DropoutShape& shape, const T* input, T* out, void*) {
  const int64_t moved = 2 * shape.count() * bytes<T>();
  play("dropout", moved, shape.places > 1 ? moved : 0, {input, out, how.step_at},
       [=] { dropout_cpu(how, shape, input, out); });
}
template <class T>
int64_t bytes_of(const NormShape& shape, int passes) {
  return shape.rows * shape.channels * bytes<T>() * passes;
}
template <class T>
void norm_forward_cuda(const NormForward<T>& how, double* workspace, void*) {
  const int64_t moved = bytes_of<T>(how.shape, norm_forward_passes(how));
  play("norm_forward", moved, moved, {workspace, how.x, how.before, how.after, how.sum, how.y},
       [=] { norm_forward_cpu(how); });
}
template <class T>
void norm_evaluate_cuda(const NormForward<T>& how, void*) {
  const int64_t moved = bytes_of<T>(how.shape, norm_evaluate_passes(how));
  play("norm_evaluate", moved, moved, {how.x, how.before, how.after, how.sum, how.y}, [=] { norm_evaluate_cpu(how); });
}
template <class T>
void norm_backward_cuda(const NormBackward<T>& how, double* workspace, void*) {
  const int64_t moved = bytes_of<T>(how.shape, norm_backward_passes(how));
  play("norm_backward", moved, moved,
       {workspace, how.s, how.y, how.gradient, how.second, how.other, how.input, how.after},
       [=] { norm_backward_cpu(how); });
}

template void sgd_step_cuda(const SgdConstants<float>&, int64_t, const float*, float*, float*, const float*, void*);
template void sgd_step_cuda(const SgdConstants<double>&, int64_t, const double*, double*, double*, const double*,
                            void*);
template void adam_step_cuda(const AdamConstants<float>&, int64_t, const float*, float*, float*, float*, const float*,
                             void*);
template void adam_step_cuda(const AdamConstants<double>&, int64_t, const double*, double*, double*, double*,
                             const double*, void*);
template void collect_cuda(const Pieces<float>&, float*, void*);
template void collect_cuda(const Pieces<double>&, double*, void*);
template void collect_cuda(const Pieces<Bfloat16>&, float*, void*);
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
