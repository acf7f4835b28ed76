// tests/kernels/device_array.h -- device memory for tests of kernels, by CUDA's runtime or by the shim that plays it,
// with guard values behind.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace nlb::test {

/// Whether there is a device. Where one is required (NLB_REQUIRE_GPU), its absence fails the test.
inline bool have_device() {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) == cudaSuccess && devices > 0) return true;
  if (std::getenv("NLB_REQUIRE_GPU") != nullptr) FAIL("NLB_REQUIRE_GPU is set, and there is no CUDA device");
  WARN("skipped: no CUDA device");
  return false;
}

/// ThreadSanitizer makes a thread of every fiber: sizes above this are left to the others.
#if defined(NLB_SHIM_TSAN)
inline constexpr int64_t kMostElements = 2000;
#else
inline constexpr int64_t kMostElements = int64_t{1} << 40;
#endif

template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(std::vector<T> values) : count_(values.size()) {
    values.insert(values.end(), kGuard, guard());
    void* memory = nullptr;
    REQUIRE(cudaMalloc(&memory, values.size() * sizeof(T)) == cudaSuccess);
    data_ = static_cast<T*>(memory);
    REQUIRE(cudaMemcpy(data_, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice) == cudaSuccess);
  }
  /// What a kernel must write: full of garbage.
  explicit DeviceArray(int64_t count) : DeviceArray(std::vector<T>(static_cast<size_t>(count), guard())) {}
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  T* get() const { return data_; }
  /// What it holds; checks that nothing was written behind it.
  std::vector<T> read() const {
    std::vector<T> values(count_ + kGuard);
    REQUIRE(cudaDeviceSynchronize() == cudaSuccess);
    REQUIRE(cudaMemcpy(values.data(), data_, values.size() * sizeof(T), cudaMemcpyDeviceToHost) == cudaSuccess);
    const T expected = guard();
    CHECK(std::all_of(values.end() - kGuard, values.end(),
                      [&](const T& value) { return std::memcmp(&value, &expected, sizeof(T)) == 0; }));
    values.resize(count_);
    return values;
  }

 private:
  static constexpr int64_t kGuard = 64;
  static T guard() {
    T value;
    std::memset(&value, 0xC3, sizeof(T));
    return value;
  }
  size_t count_;
  T* data_ = nullptr;
};

}  // namespace nlb::test
