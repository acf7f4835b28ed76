#include "tests/device/device_memory.h"

#include <execinfo.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

#include "core/error.h"

namespace nlb::test {
namespace {

constexpr size_t kUnit = 512;

/// One device: the two mappings of its pages, and blocks by size.
struct Memory {
  std::byte *shown = nullptr, *reached = nullptr;
  size_t end = 0;
  std::map<size_t, std::vector<std::byte*>> free;  // bytes -> blocks
  std::map<std::byte*, size_t> taken, sizes;       // sizes: of every block that ever was
  std::map<std::byte*, BlockPool*> pooled;         // blocks of pools, given back or not
  MemoryCounts counts;
};

std::mutex mutex;
BlockPool* open_pool = nullptr;
size_t limit = kDeviceBytes;

void* map(int file, int rights) {
  void* const found = mmap(nullptr, kDeviceBytes, rights, MAP_SHARED | MAP_NORESERVE, file, 0);
  NLB_CHECK(found != MAP_FAILED, "no address space for the device's memory");
  return found;
}

std::array<Memory, kDevices>& memories();

/// A host read or write of device memory: says so, with the calls that led there, and ends the process as it would.
void complain(int signal, siginfo_t* info, void*) {
  if (device_of(info->si_addr) >= 0) {
    constexpr char kWords[] = "the host touched the memory of a CUDA device; called from:\n";
    [[maybe_unused]] const auto written = write(STDERR_FILENO, kWords, sizeof(kWords) - 1);
    void* calls[64];
    backtrace_symbols_fd(calls, backtrace(calls, 64), STDERR_FILENO);
  }
  std::signal(signal, SIG_DFL);
  raise(signal);
}

std::array<Memory, kDevices> make_memories() {
  std::array<Memory, kDevices> made;
  for (Memory& memory : made) {
    const int file = memfd_create("nlbench test device", MFD_CLOEXEC);
    NLB_CHECK(file >= 0 && ftruncate(file, static_cast<off_t>(kDeviceBytes)) == 0, "no memory file");
    memory.shown = static_cast<std::byte*>(map(file, PROT_NONE));
    memory.reached = static_cast<std::byte*>(map(file, PROT_READ | PROT_WRITE));
    close(file);
  }
  if (const char* bytes = std::getenv("NLB_DEVICE_BYTES")) limit = std::strtoull(bytes, nullptr, 10);
  struct sigaction action = {};
  action.sa_sigaction = complain;
  action.sa_flags = SA_SIGINFO | SA_RESETHAND;
  sigaction(SIGSEGV, &action, nullptr);
  return made;
}

std::array<Memory, kDevices>& memories() {
  static auto& all = *new std::array<Memory, kDevices>(make_memories());  // outlives every tensor
  return all;
}

int open_scopes = 0;

void set_rights(int rights) {
  for (const Memory& memory : memories()) mprotect(memory.shown, kDeviceBytes, rights);
}

}  // namespace

void* take_block(int device, size_t bytes) {
  Memory& memory = memories()[static_cast<size_t>(device)];
  const std::lock_guard lock(mutex);
  const size_t size = std::bit_ceil(std::max(bytes, kUnit));
  if (static_cast<size_t>(memory.counts.now) + size > limit) return nullptr;
  auto& waiting = memory.free[size];
  std::byte* block = nullptr;
  if (!waiting.empty()) {
    block = waiting.back();
    waiting.pop_back();
  } else {
    if (memory.end + size > kDeviceBytes) return nullptr;
    block = memory.shown + memory.end;
    memory.end += size;
    memory.sizes[block] = size;
  }
  memory.taken[block] = size;
  if (open_pool != nullptr) memory.pooled[block] = open_pool;
  memory.counts.now += static_cast<int64_t>(size);
  memory.counts.peak = std::max(memory.counts.peak, memory.counts.now);
  ++memory.counts.blocks;
  std::memset(memory.reached + (block - memory.shown), 0xFF, bytes);
  return block;
}

void give_block(void* block) noexcept {
  const int device = device_of(block);
  if (device < 0) return;
  Memory& memory = memories()[static_cast<size_t>(device)];
  const std::lock_guard lock(mutex);
  const auto found = memory.taken.find(static_cast<std::byte*>(block));
  if (found == memory.taken.end()) return;
  memory.counts.now -= static_cast<int64_t>(found->second);
  if (!memory.pooled.contains(found->first)) memory.free[found->second].push_back(found->first);
  memory.taken.erase(found);
}

BlockPool::BlockPool() {
  const std::lock_guard lock(mutex);
  NLB_CHECK(open_pool == nullptr, "a pool is open already");
  for (const Memory& memory : memories()) {
    for (const auto& [block, size] : memory.taken) {
      const std::byte* bytes = memory.reached + (block - memory.shown);
      before_[block] = {bytes, bytes + size};
    }
  }
  open_pool = this;
}

void BlockPool::close() {
  const std::lock_guard lock(mutex);
  open_pool = nullptr;
  for (const Memory& memory : memories()) {
    for (const auto& [block, size] : memory.taken) {
      std::byte* const bytes = memory.reached + (block - memory.shown);
      if (const auto known = before_.find(block); known != before_.end() && !memory.pooled.contains(block)) {
        std::memcpy(bytes, known->second.data(), size);
      } else {
        std::memset(bytes, 0xFF, size);
      }
    }
  }
  before_.clear();
}

BlockPool::~BlockPool() {
  const std::lock_guard lock(mutex);
  if (open_pool == this) open_pool = nullptr;
  for (Memory& memory : memories()) {
    for (auto it = memory.pooled.begin(); it != memory.pooled.end();) {
      if (it->second != this) {
        ++it;
        continue;
      }
      // Given back already: its size is the power of two that it was taken with, which `free` is keyed by.
      if (!memory.taken.contains(it->first)) memory.free[memory.sizes.at(it->first)].push_back(it->first);
      it = memory.pooled.erase(it);
    }
  }
}

void set_device_limit(size_t bytes) {
  memories();
  const std::lock_guard lock(mutex);
  limit = bytes;
}
size_t device_limit() {
  memories();
  return limit;
}

int device_of(const void* address) {
  const auto* byte = static_cast<const std::byte*>(address);
  for (int device = 0; device < kDevices; ++device) {
    const Memory& memory = memories()[static_cast<size_t>(device)];
    if (byte >= memory.shown && byte < memory.shown + kDeviceBytes) return device;
  }
  return -1;
}

void* reach(const void* address) {
  const int device = device_of(address);
  NLB_CHECK(device >= 0, "an address of the host handed to the device");
  const Memory& memory = memories()[static_cast<size_t>(device)];
  return memory.reached + (static_cast<const std::byte*>(address) - memory.shown);
}

MemoryCounts memory_counts(int device) {
  const std::lock_guard lock(mutex);
  return memories()[static_cast<size_t>(device)].counts;
}

void reset_peak(int device) {
  const std::lock_guard lock(mutex);
  MemoryCounts& counts = memories()[static_cast<size_t>(device)].counts;
  counts.peak = counts.now;
}

OpenMemory::OpenMemory() {
  const std::lock_guard lock(mutex);
  if (open_scopes++ == 0) set_rights(PROT_READ | PROT_WRITE);
}
OpenMemory::~OpenMemory() {
  const std::lock_guard lock(mutex);
  if (--open_scopes == 0) set_rights(PROT_NONE);
}

}  // namespace nlb::test
