// kernels/launch.h -- what kernels use of CUDA beyond its language, under names of our own, so that the same .cu files
// run on a CPU: tests/kernels/shim plays cuda_runtime.h there, with blocks, barriers and shuffles. Included by .cu
// files only.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <string>
#include <type_traits>

#include "core/error.h"

#if !defined(NLB_CUDA_SHIM)
#include <cooperative_groups.h>
#endif

/// Code of a device: nvcc's pass for it, or the whole file under the shim.
#if defined(__CUDA_ARCH__) || defined(NLB_CUDA_SHIM)
#define NLB_ON_DEVICE 1
#endif

namespace nlb {

inline constexpr int kWarp = 32;
inline constexpr unsigned kFullWarp = 0xFFFFFFFFu;

#if defined(NLB_CUDA_SHIM)
/// One T for all threads of the block, with anything in it at first; a type per use.
template <class T>
T& block_shared() {
  static const char tag = 0;
  return *static_cast<T*>(shim::block_memory(&tag, sizeof(T), alignof(T)));
}
inline void grid_barrier() { shim::grid_barrier(); }
#else
template <class T>
__device__ T& block_shared() {
  __shared__ T value;
  return value;
}
/// Nobody passes before all threads of all blocks are here. In a kernel of launch_together only.
__device__ inline void grid_barrier() { cooperative_groups::this_grid().sync(); }
#endif

inline void check_cuda(cudaError_t status, const char* what) {
  if (status != cudaSuccess) cudaGetLastError();  // it is told here, and not to whoever asks next
  NLB_CHECK(status == cudaSuccess, std::string(what) + ": " + cudaGetErrorString(status));
}

/// Starts kernel(arguments...) in so many blocks of so many threads; throws InternalError when it is refused, so at 0
/// blocks. (By the runtime's call: formatters tear the language's brackets apart in a header.)
template <class... Parameters>
void launch(const char* what, void (*kernel)(Parameters...), dim3 blocks, dim3 threads, void* stream,
            std::type_identity_t<Parameters>... arguments) {
#if defined(NLB_CUDA_SHIM)
  static_cast<void>(stream);
  shim::launch(blocks, threads, /*together=*/false, [&] { kernel(arguments...); });
  check_cuda(cudaGetLastError(), what);
#else
  void* places[] = {&arguments..., nullptr};
  check_cuda(cudaLaunchKernel(reinterpret_cast<const void*>(kernel), blocks, threads, places, 0,
                              static_cast<cudaStream_t>(stream)),
             what);
#endif
}

/// As many blocks of so many threads as the current device runs at once, at most `wanted`: then they can wait for each
/// other by grid_barrier.
template <class... Parameters>
unsigned blocks_at_once(void (*kernel)(Parameters...), unsigned threads, int64_t wanted) {
  int device = 0, multiprocessors = 0, each = 0;
  check_cuda(cudaGetDevice(&device), "device");
  check_cuda(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device), "multiprocessors");
  check_cuda(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&each, reinterpret_cast<const void*>(kernel),
                                                           static_cast<int>(threads), 0),
             "occupancy");
  const int64_t most = int64_t{multiprocessors} * each;
  return static_cast<unsigned>(wanted < 1 ? 1 : (wanted < most ? wanted : most));
}

/// As launch, all blocks at once (blocks_at_once says how many).
template <class... Parameters>
void launch_together(const char* what, void (*kernel)(Parameters...), unsigned blocks, dim3 threads, void* stream,
                     std::type_identity_t<Parameters>... arguments) {
#if defined(NLB_CUDA_SHIM)
  static_cast<void>(stream);
  shim::launch(dim3(blocks), threads, /*together=*/true, [&] { kernel(arguments...); });
  check_cuda(cudaGetLastError(), what);
#else
  void* places[] = {&arguments...};
  check_cuda(cudaLaunchCooperativeKernel(reinterpret_cast<const void*>(kernel), dim3(blocks), threads, places, 0,
                                         static_cast<cudaStream_t>(stream)),
             what);
#endif
}

}  // namespace nlb
