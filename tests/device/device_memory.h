// tests/device/device_memory.h -- the memory of the device that is not there. Every block has two addresses: the one
// that tensors carry, which no load or store of the host may touch (the pages have no access rights, so one that does
// ends the process), and one through which the device's operations reach it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace nlb::test {

inline constexpr int kDevices = 2;
inline constexpr size_t kDeviceBytes = size_t{4} << 30;  ///< reserved, not taken

struct MemoryCounts {
  int64_t now = 0, peak = 0, blocks = 0;
};

/// A block on `device`, aligned to 512 bytes and filled with 0xFF (NaN, -1), as uninitialised memory is. Null where
/// less than `bytes` is free of the limit.
void* take_block(int device, size_t bytes);
void give_block(void* block) noexcept;
/// Bytes that may be taken at once; kDeviceBytes at the start. The variable NLB_DEVICE_BYTES sets it for a process.
void set_device_limit(size_t bytes);
size_t device_limit();

/// The device that an address belongs to, or -1 for memory of the host.
int device_of(const void* address);
/// Where the device's operations reach `address`, a device's.
void* reach(const void* address);

/// A capture's private pool: while it is open, blocks that are taken belong to it, and no block of it serves anybody
/// else before the pool is gone.
class BlockPool {
 public:
  BlockPool();  ///< open; one at a time
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;
  /// Nothing ran while it was open: memory is as it was, its own blocks hold garbage.
  void close();

 private:
  std::map<void*, std::vector<std::byte>> before_;  ///< of all blocks there were
};

MemoryCounts memory_counts(int device);
void reset_peak(int device);

/// Lets kernels that were compiled for the host, and know only device addresses, work for as long as it lives.
class OpenMemory {
 public:
  OpenMemory();
  ~OpenMemory();
  OpenMemory(const OpenMemory&) = delete;
  OpenMemory& operator=(const OpenMemory&) = delete;
};

}  // namespace nlb::test
