// A device that is not there: registers itself as CUDA with a LibTorch for CPUs, as libtorch_cuda does when it is
// loaded. Two devices, one stream each.
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>

#include "tests/device/capture.h"
#include "tests/device/device_memory.h"
#include "tests/device/journal.h"

namespace nlb::test {
namespace {

std::atomic<bool> started = false;
thread_local c10::DeviceIndex current = 0;

/// The devices there are; the variable NLB_DEVICES of a process says how many.
c10::DeviceIndex device_count() {
  const char* number = std::getenv("NLB_DEVICES");
  return number == nullptr ? kDevices : static_cast<c10::DeviceIndex>(std::atoi(number));
}

class Allocator final : public c10::DeviceAllocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    const c10::Device device(c10::kCUDA, current);
    if (bytes == 0) return {nullptr, nullptr, &give_block, device};
    void* const block = take_block(current, bytes);
    TORCH_CHECK_WITH(OutOfMemoryError, block != nullptr, "CUDA out of memory. Tried to allocate ", bytes,
                     " bytes. GPU ", static_cast<int>(current), " has a total capacity of ", device_limit(),
                     " bytes of which ", device_limit() - static_cast<size_t>(memory_counts(current).now),
                     " are free.");
    return {block, block, &give_block, device};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give_block; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(reach(to), reach(from), bytes);
  }
  bool initialized() override { return started; }
  void emptyCache(c10::MempoolId_t) override {}
  void recordStream(const c10::DataPtr&, c10::Stream) override {}
  c10::CachingDeviceAllocator::DeviceStats getDeviceStats(c10::DeviceIndex device) override {
    check(device);
    c10::CachingDeviceAllocator::DeviceStats stats;
    stats.allocated_bytes[0].current = memory_counts(device).now;
    stats.allocated_bytes[0].peak = memory_counts(device).peak;
    return stats;
  }
  void resetAccumulatedStats(c10::DeviceIndex device) override { check(device); }
  void resetPeakStats(c10::DeviceIndex device) override {
    check(device);
    reset_peak(device);
  }
  std::pair<size_t, size_t> getMemoryInfo(c10::DeviceIndex device) override {
    check(device);
    return {device_limit() - static_cast<size_t>(memory_counts(device).now), device_limit()};
  }

 private:
  /// As c10/cuda/CUDACachingAllocator.cpp: it knows no device before init().
  static void check(c10::DeviceIndex device) {
    TORCH_CHECK(started && device >= 0 && device < device_count(), "Invalid device argument ", static_cast<int>(device),
                ": did you call init?");
  }
};

/// Memory of the host that the device copies from and to by itself.
class PinnedAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* const block = std::malloc(std::max<size_t>(bytes, 1));
    const std::lock_guard lock(mutex_);
    blocks_.insert({block, bytes});
    return {block, block, &give, c10::kCPU};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { default_copy_data(to, from, bytes); }
  bool holds(const void* address) {
    const std::lock_guard lock(mutex_);
    auto next = blocks_.upper_bound(const_cast<void*>(address));
    if (next == blocks_.begin()) return false;
    --next;
    return address < static_cast<const char*>(next->first) + next->second;
  }

 private:
  static void give(void* block);
  std::mutex mutex_;
  std::map<void*, size_t> blocks_;
};

PinnedAllocator& pinned() {
  static auto& allocator = *new PinnedAllocator;
  return allocator;
}

void PinnedAllocator::give(void* block) {
  {
    const std::lock_guard lock(pinned().mutex_);
    pinned().blocks_.erase(block);
  }
  std::free(block);
}

Allocator& allocator() {
  static auto& one = *new Allocator;
  return one;
}

class Guard final : public c10::impl::DeviceGuardImplInterface {
 public:
  c10::DeviceType type() const override { return c10::kCUDA; }
  c10::Device exchangeDevice(c10::Device device) const override {
    const c10::Device before = getDevice();
    setDevice(device);
    return before;
  }
  c10::Device getDevice() const override { return {c10::kCUDA, current}; }
  void setDevice(c10::Device device) const override {
    TORCH_CHECK(device.index() < device_count(), "CUDA error: invalid device ordinal");
    if (device.index() >= 0) current = device.index();
  }
  void uncheckedSetDevice(c10::Device device) const noexcept override {
    if (device.index() >= 0) current = device.index();
  }
  c10::Stream getStream(c10::Device device) const override { return getDefaultStream(device); }
  c10::Stream getDefaultStream(c10::Device device) const override {
    return c10::Stream(c10::Stream::DEFAULT, {c10::kCUDA, device.has_index() ? device.index() : current});
  }
  c10::Stream getNewStream(c10::Device device, int) const override { return getDefaultStream(device); }
  c10::Stream exchangeStream(c10::Stream stream) const override { return getDefaultStream(stream.device()); }
  void* getStreamNativeHandle(const c10::Stream) const override { return nullptr; }
  void record(void**, const c10::Stream&, const c10::DeviceIndex, const c10::EventFlag) const override {}
  void block(void*, const c10::Stream&) const override {}
  bool queryEvent(void*) const override { return true; }
  c10::DeviceIndex deviceCount() const noexcept override { return device_count(); }
  bool queryStream(const c10::Stream&) const override { return true; }
  void synchronizeStream(const c10::Stream&) const override { wait(); }
  void synchronizeEvent(void*) const override { wait(); }
  void synchronizeDevice(const c10::DeviceIndex) const override { wait(); }

 private:
  static void wait() {
    write_wait("synchronize");
    refuse_in_capture("synchronize");
  }
};

struct Hooks final : at::CUDAHooksInterface {
  explicit Hooks(at::CUDAHooksArgs = {}) {}
  void init() const override {
    TORCH_CHECK(device_count() > 0, "No CUDA GPUs are available");
    started = true;
  }
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return device_count() > 0; }
  bool hasCUDA() const override { return device_count() > 0; }
  bool hasCUDART() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return started; }
  c10::DeviceIndex deviceCount() const override { return device_count(); }
  int getNumGPUs() const override { return device_count(); }
  c10::DeviceIndex current_device() const override { return current; }
  c10::DeviceIndex getCurrentDevice() const override { return current; }
  void setCurrentDevice(c10::DeviceIndex device) const override { current = device; }
  c10::Device getDeviceFromPtr(void* data) const override {
    return {c10::kCUDA, static_cast<c10::DeviceIndex>(device_of(data))};
  }
  bool isPinnedPtr(const void* data) const override { return pinned().holds(data); }
  c10::Allocator* getPinnedMemoryAllocator() const override { return &pinned(); }
  c10::Allocator* getCUDADeviceAllocator() const override { return &allocator(); }
  long versionCUDART() const override { return 0; }
  long versionCuDNN() const override { return 0; }
  long versionRuntimeCuDNN() const override { return 0; }
  double batchnormMinEpsilonCuDNN() const override { return 1e-5; }
  std::string showConfig() const override { return ""; }
  void deviceSynchronize(c10::DeviceIndex) const override { write_wait("synchronize"); }
};

const struct Registration {
  Registration() {
    c10::SetAllocator(c10::kCUDA, &allocator(), 1);
    offer_graphs();
  }
} registration;

}  // namespace

using DeviceHooks = Hooks;
using DeviceGuardImpl = Guard;

}  // namespace nlb::test

namespace at {
using NlbDeviceHooks = nlb::test::DeviceHooks;
C10_REGISTER_CLASS(CUDAHooksRegistry, CUDAHooks, NlbDeviceHooks)
}  // namespace at

namespace c10 {
using NlbDeviceGuard = nlb::test::DeviceGuardImpl;
C10_REGISTER_GUARD_IMPL(CUDA, NlbDeviceGuard)
}  // namespace c10
