// nlbench's own launchers on the device that is not there: the CPU twins, between the addresses that tensors carry.
#include "core/error.h"
#include "kernels/augment.h"
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

}  // namespace nlb
