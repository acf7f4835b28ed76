#include <cuda_runtime.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/kernels/shim/fibers.h"

namespace nlb::shim {
namespace {

constexpr unsigned kWarpSize = 32, kMostThreads = 1024;
constexpr size_t kSharedBytes = size_t{48} << 10, kGuard = 64;
constexpr int kMostUses = 8;
constexpr unsigned char kGarbage = 0xA5;

struct Warp {
  uint64_t slot[kWarpSize] = {};
  char order = 0;
};

/// Memory that all threads of a block share, made before they start and carved as they ask for it.
class Shared {
 public:
  Shared() : memory_(kSharedBytes + 64 * kGuard) {
    volatile unsigned char* place = memory_.begin();  // not by memset, which a sanitizer would take for a write
    for (size_t i = 0; i < memory_.size(); ++i) place[i] = kGarbage;
    forbid(memory_.begin(), memory_.size());
  }

  void* find(const void* tag, size_t size, size_t alignment) {
    for (int i = 0; i < uses_; ++i) {
      if (carved_[i].tag == tag) return carved_[i].place;
    }
    used_ += size;
    if (used_ > kSharedBytes || uses_ == kMostUses) throw std::logic_error("a block has 48 KiB of shared memory");
    const size_t step = std::max(alignment, kGuard);
    next_ = (next_ + step - 1) / step * step + kGuard;
    carved_[uses_] = {tag, memory_.begin() + next_};
    allow(carved_[uses_].place, size);
    next_ += size;
    return carved_[uses_++].place;
  }

 private:
  FreshMemory memory_;
  struct {
    const void* tag;
    void* place;
  } carved_[kMostUses] = {};
  int uses_ = 0;
  size_t used_ = 0, next_ = 0;
};

struct Block {
  Shared shared;
  std::vector<Warp> warps;
  char order = 0;
};

struct Thread {
  Place place;
  unsigned number = 0;  // in its block
  Block* block = nullptr;
  std::unique_ptr<Fiber> fiber;
  bool waits = false;
  Barrier kind = Barrier::block;
  unsigned mask = 0;

  unsigned lane() const { return number % kWarpSize; }
  Warp& warp() const { return block->warps[number / kWarpSize]; }
};

struct Grid {
  std::vector<std::unique_ptr<Block>> blocks;
  std::vector<std::unique_ptr<Thread>> threads;
  char order = 0;
};

/// Two blocks of a launch are ordered by nothing: each begins after what was before the launch, and all end before what
/// comes after.
struct Launch {
  dim3 blocks, threads;
  const std::function<void()>& body;
  char begun = 0, done = 0;
};

Thread* current = nullptr;
Grid* grid = nullptr;
std::exception_ptr failure;
cudaError_t last_error = cudaSuccess;
int64_t launched = 0, bytes_moved = 0;

void* order_of(const Thread& thread) {
  if (thread.kind == Barrier::grid) return &grid->order;
  return thread.kind == Barrier::block ? &thread.block->order : &thread.warp().order;
}

/// Whom `thread` waits for, itself among them.
bool belongs(const Thread& thread, const Thread& other) {
  if (thread.kind == Barrier::grid) return true;
  if (thread.block != other.block) return false;
  if (thread.kind == Barrier::block) return true;
  return &thread.warp() == &other.warp() && (thread.mask >> other.lane() & 1) != 0;
}

/// Threads that have left count at no barrier but a warp's, whose mask names them.
bool may_pass(const Thread& thread) {
  return std::all_of(grid->threads.begin(), grid->threads.end(), [&](const auto& other) {
    if (!belongs(thread, *other)) return true;
    if (other->fiber->ended()) return thread.kind != Barrier::warp;
    return other->waits && other->kind == thread.kind && (thread.kind != Barrier::warp || other->mask == thread.mask);
  });
}

void let_pass(const Thread& thread) {
  std::vector<Thread*> group;
  for (const auto& other : grid->threads) {
    if (belongs(thread, *other) && !other->fiber->ended()) group.push_back(other.get());
  }
  for (Thread* other : group) other->waits = false;
}

/// Runs whoever can run, in turning order, and opens the barriers that all have reached.
void run_threads() {
  for (size_t round = 0;; ++round) {
    bool left = false, moved = false;
    for (size_t i = 0; i < grid->threads.size(); ++i) {
      Thread& thread = *grid->threads[round % 2 == 0 ? i : grid->threads.size() - 1 - i];
      if (thread.fiber->ended()) continue;
      left = true;
      if (thread.waits) continue;
      moved = true;
      current = &thread;
      thread.fiber->resume();
      current = nullptr;
      if (failure) return;
    }
    if (!left) return;
    for (const auto& thread : grid->threads) {
      if (thread->fiber->ended() || !thread->waits || !may_pass(*thread)) continue;
      let_pass(*thread);
      moved = true;
    }
    if (!moved) {  // told as a thread's own failure is, so that the host leaves the launch by one way
      failure = std::make_exception_ptr(std::logic_error("a barrier that not all threads reach"));
      return;
    }
  }
}

void run_blocks(Launch& how, unsigned first, unsigned count) {
  Grid made;
  grid = &made;
  const dim3 blocks = how.blocks, threads = how.threads;
  const unsigned each = threads.x * threads.y * threads.z;
  const std::function<void()> whole = [&] {
    observe(&how.begun);
    try {
      how.body();
    } catch (...) {
      failure = std::current_exception();
    }
    publish(&how.done);
  };
  for (unsigned b = first; b < first + count; ++b) {
    made.blocks.push_back(std::make_unique<Block>());
    made.blocks.back()->warps.resize((each + kWarpSize - 1) / kWarpSize);
    for (unsigned t = 0; t < each; ++t) {
      auto thread = std::make_unique<Thread>();
      thread->place = {{t % threads.x, t / threads.x % threads.y, t / threads.x / threads.y},
                       {b % blocks.x, b / blocks.x % blocks.y, b / blocks.x / blocks.y},
                       threads,
                       blocks};
      thread->number = t;
      thread->block = made.blocks.back().get();
      thread->fiber = std::make_unique<Fiber>(whole);
      made.threads.push_back(std::move(thread));
    }
  }
  run_threads();
  grid = nullptr;
}

}  // namespace

Place place() { return current->place; }
unsigned lane() { return current->lane(); }
int64_t launches() { return launched; }
void add_bytes(size_t bytes) { bytes_moved += static_cast<int64_t>(bytes); }
int64_t bytes() { return bytes_moved; }

void wait(Barrier kind, unsigned mask) {
  Thread& self = *current;
  self.waits = true;
  self.kind = kind;
  self.mask = mask;
  void* const order = order_of(self);
  publish(order);
  Fiber::yield();
  observe(order);
}

uint64_t exchange(unsigned mask, uint64_t value, unsigned source) {
  Thread& self = *current;
  if ((mask >> self.lane() & 1) == 0 || (mask >> source & 1) == 0) throw std::logic_error("a lane outside its mask");
  self.warp().slot[self.lane()] = value;
  wait(Barrier::warp, mask);
  const uint64_t found = self.warp().slot[source];
  wait(Barrier::warp, mask);
  return found;
}

void* block_memory(const void* tag, size_t size, size_t alignment) {
  return current->block->shared.find(tag, size, alignment);
}

void launch(dim3 blocks, dim3 threads, bool together, const std::function<void()>& body) {
  const unsigned count = blocks.x * blocks.y * blocks.z, each = threads.x * threads.y * threads.z;
  if (count == 0 || each == 0 || each > kMostThreads) {
    last_error = cudaErrorInvalidConfiguration;
    return;
  }
  ++launched;
  Launch how{blocks, threads, body};
  failure = nullptr;
  publish(&how.begun);
  const unsigned step = together ? count : 1;
  for (unsigned first = 0; first < count && !failure; first += step) run_blocks(how, first, step);
  observe(&how.done);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace nlb::shim

cudaError_t cudaGetLastError() { return std::exchange(nlb::shim::last_error, cudaSuccess); }
const char* cudaGetErrorString(cudaError_t status) {
  return status == cudaErrorInvalidConfiguration ? "invalid configuration argument" : "an error";
}
cudaError_t cudaMalloc(void** memory, size_t size) {
  *memory = std::malloc(size);
  return cudaSuccess;
}
cudaError_t cudaFree(void* memory) {
  std::free(memory);
  return cudaSuccess;
}
cudaError_t cudaMemcpy(void* to, const void* from, size_t size, cudaMemcpyKind) {
  if (size > 0) std::memcpy(to, from, size);
  return cudaSuccess;
}
cudaError_t cudaMemset(void* memory, int value, size_t size) {
  if (size > 0) std::memset(memory, value, size);
  return cudaSuccess;
}
cudaError_t cudaDeviceSynchronize() { return cudaSuccess; }
cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr, int) {
  *value = 2;
  return cudaSuccess;
}
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void*, int, size_t) {
  *blocks = 2;
  return cudaSuccess;
}
