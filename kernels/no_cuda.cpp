// The launchers of a build without CUDA. Its LibTorch has no CUDA tensor either, so nothing reaches them; the device of
// tests/device brings its own.
#include "kernels/no_cuda.h"

#include "kernels/augment.h"
#include "kernels/state_digest.h"

namespace nlb {

template <class T>
void augment_cuda(const PixelArray&, const int64_t*, int64_t, const Augmentation&, const T*, uint8_t*, T*, void*) {
  refuse_cuda();
}
template void augment_cuda(const PixelArray&, const int64_t*, int64_t, const Augmentation&, const float*, uint8_t*,
                           float*, void*);
template void augment_cuda(const PixelArray&, const int64_t*, int64_t, const Augmentation&, const double*, uint8_t*,
                           double*, void*);

void state_digest_cuda(const DigestPart*, int64_t, int64_t, DigestSums*, void*) { refuse_cuda(); }

}  // namespace nlb
