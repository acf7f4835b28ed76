#include <cuda_runtime.h>

#include "core/error.h"
#include "kernels/augment.h"

namespace nlb {
namespace {

constexpr int kWarp = 32;
constexpr int kWarps = 8;

// One block per sample; each warp draws the sample's placement for itself (cheaper than sharing it) and takes every
// eighth line.
template <class T>
__global__ void augment_kernel(PixelArray images, const int64_t* rows, Augmentation how, const T* table, T* out) {
  const int64_t row = rows[blockIdx.x];
  const Placement placement = draw_placement(how, row);
  const int32_t lines = images.channels * images.height;
  const int64_t plane_size = int64_t{images.height} * images.width;
  const uint8_t* image = images.pixels + row * images.channels * plane_size;
  T* sample = out + int64_t{blockIdx.x} * images.channels * plane_size;
  for (int32_t line = static_cast<int32_t>(threadIdx.y); line < lines; line += kWarps) {
    const int32_t channel = line / images.height;
    augment_line(image + channel * plane_size, images.height, images.width, line % images.height, placement,
                 table + channel * 256, static_cast<int32_t>(threadIdx.x), kWarp,
                 sample + int64_t{line} * images.width);
  }
}

}  // namespace

template <class T>
void augment_cuda(const PixelArray& images, const int64_t* rows, int64_t count, const Augmentation& how, const T* table,
                  T* out, void* stream) {
  if (count == 0) return;  // a launch without blocks is an error
  augment_kernel<<<dim3(static_cast<unsigned>(count)), dim3(kWarp, kWarps), 0, static_cast<cudaStream_t>(stream)>>>(
      images, rows, how, table, out);
  const cudaError_t status = cudaGetLastError();
  NLB_CHECK(status == cudaSuccess, std::string("augmentation kernel: ") + cudaGetErrorString(status));
}

template void augment_cuda(const PixelArray&, const int64_t*, int64_t, const Augmentation&, const float*, float*,
                           void*);
template void augment_cuda(const PixelArray&, const int64_t*, int64_t, const Augmentation&, const double*, double*,
                           void*);

}  // namespace nlb
