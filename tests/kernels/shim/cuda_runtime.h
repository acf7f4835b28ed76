// tests/kernels/shim/cuda_runtime.h -- plays CUDA's header for a host compiler: kernels run on the CPU, each thread of
// a launch as a fiber of its own, so that the compiler's sanitizers look at them. Blocks run one after the other, those
// of a cooperative launch together. Under ThreadSanitizer only barriers, shuffles and atomics order two threads: every
// other pair of accesses to one place is a race, whatever order the fibers ran in, and across blocks too.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <type_traits>

#ifndef NLB_CUDA_SHIM
#error "the shim is for targets that define NLB_CUDA_SHIM"
#endif
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}  // NOLINT: as CUDA's
};

namespace nlb::shim {

struct Place {
  dim3 thread, block, threads, blocks;
};
Place place();  ///< of the running thread; a copy, which no sanitizer takes for shared memory

enum class Barrier { block, warp, grid };
/// Throws where not all that must come can come (a lane of the mask has left, or waits elsewhere).
void wait(Barrier kind, unsigned mask = 0xFFFFFFFFu);
inline void grid_barrier() { wait(Barrier::grid); }
/// What lane `source` of the warp gives; an error if it is outside the mask.
uint64_t exchange(unsigned mask, uint64_t value, unsigned source);
/// Memory of the running block: the same for equal tags, full of garbage at first, guarded on both sides.
void* block_memory(const void* tag, size_t size, size_t alignment);

/// Runs body once per thread. Too many threads or no block: cudaErrorInvalidConfiguration. Errors inside are thrown.
void launch(dim3 blocks, dim3 threads, bool together, const std::function<void()>& body);
/// Launches so far: that a test has run the kernels at all.
int64_t launches();
/// Bytes of the device's memory that kernels said they read or wrote (count_bytes) so far.
void add_bytes(size_t bytes);
int64_t bytes();

template <class T>
T shuffle(unsigned mask, T value, unsigned source) {
  static_assert(sizeof(T) <= sizeof(uint64_t));
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  bits = exchange(mask, bits, source);
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}
unsigned lane();

}  // namespace nlb::shim

#define threadIdx (::nlb::shim::place().thread)
#define blockIdx (::nlb::shim::place().block)
#define blockDim (::nlb::shim::place().threads)
#define gridDim (::nlb::shim::place().blocks)

inline void __syncthreads() { ::nlb::shim::wait(::nlb::shim::Barrier::block); }
inline void __syncwarp(unsigned mask = 0xFFFFFFFFu) { ::nlb::shim::wait(::nlb::shim::Barrier::warp, mask); }
inline void __threadfence() {}
template <class T>
T __shfl_sync(unsigned mask, T value, unsigned source) {
  return ::nlb::shim::shuffle(mask, value, source % 32);
}
/// Past the end of the warp a lane gets its own value.
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned offset) {
  const unsigned lane = ::nlb::shim::lane();
  return ::nlb::shim::shuffle(mask, value, lane + offset < 32 ? lane + offset : lane);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, unsigned other) {
  return ::nlb::shim::shuffle(mask, value, ::nlb::shim::lane() ^ other);
}
template <class T>
T atomicAdd(T* place, std::type_identity_t<T> value) {
  return __atomic_fetch_add(place, value, __ATOMIC_ACQ_REL);
}

// ---- the runtime, as far as launchers and tests use it: a device's memory is the host's, every block guarded

using cudaError_t = int;
using cudaStream_t = void*;
inline constexpr cudaError_t cudaSuccess = 0, cudaErrorInvalidConfiguration = 9;
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost };
enum cudaDeviceAttr { cudaDevAttrMultiProcessorCount };

cudaError_t cudaGetLastError();
const char* cudaGetErrorString(cudaError_t status);
cudaError_t cudaMalloc(void** memory, size_t size);
cudaError_t cudaFree(void* memory);
cudaError_t cudaMemcpy(void* to, const void* from, size_t size, cudaMemcpyKind kind);
cudaError_t cudaMemset(void* memory, int value, size_t size);
cudaError_t cudaDeviceSynchronize();
cudaError_t cudaGetDeviceCount(int* count);
cudaError_t cudaGetDevice(int* device);
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device);
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void* kernel, int threads, size_t shared);
