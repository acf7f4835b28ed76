#include "tests/kernels/shim/fibers.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

#if defined(NLB_SHIM_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(NLB_SHIM_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace nlb::shim {
namespace {

constexpr size_t kStack = size_t{256} << 10;
Fiber* running = nullptr;

}  // namespace

FreshMemory::FreshMemory(size_t size) : begin_(nullptr), size_(size) {
  void* const found = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (found == MAP_FAILED) throw std::bad_alloc();
  begin_ = static_cast<unsigned char*>(found);
}

FreshMemory::~FreshMemory() {
  allow(begin_, size_);
  munmap(begin_, size_);
}

Fiber::Fiber(const std::function<void()>& body) : body_(body), stack_(kStack) {
#if defined(NLB_SHIM_TSAN)
  identity_ = __tsan_create_fiber(0);
#endif
  getcontext(&own_);
  own_.uc_stack.ss_sp = stack_.begin();
  own_.uc_stack.ss_size = kStack;
  own_.uc_link = nullptr;
  const auto self = reinterpret_cast<uintptr_t>(this);
  makecontext(&own_, reinterpret_cast<void (*)()>(&Fiber::enter), 2, static_cast<unsigned>(self >> 32),
              static_cast<unsigned>(self));
}

Fiber::~Fiber() {
  // A fiber that never ended was given up with its launch: what it read of the host's stack is over by now.
  if (!ended_) observe(this);
#if defined(NLB_SHIM_TSAN)
  __tsan_destroy_fiber(identity_);
#endif
}

void Fiber::enter(unsigned high, unsigned low) {
  auto* self = reinterpret_cast<Fiber*>((static_cast<uintptr_t>(high) << 32) | low);
#if defined(NLB_SHIM_ASAN)
  __sanitizer_finish_switch_fiber(nullptr, &self->outside_bottom_, &self->outside_size_);
#endif
  self->body_();
  self->ended_ = true;
  self->leave(/*for_good=*/true);
}

void Fiber::resume() {
  running = this;
#if defined(NLB_SHIM_ASAN)
  __sanitizer_start_switch_fiber(&outside_fake_stack_, stack_.begin(), kStack);
#endif
#if defined(NLB_SHIM_TSAN)
  outside_identity_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(identity_, __tsan_switch_to_fiber_no_sync);
#endif
  swapcontext(&outside_, &own_);
#if defined(NLB_SHIM_ASAN)
  __sanitizer_finish_switch_fiber(outside_fake_stack_, nullptr, nullptr);
#endif
  running = nullptr;
}

void Fiber::leave(bool for_good) {
  publish(this);
#if defined(NLB_SHIM_ASAN)
  __sanitizer_start_switch_fiber(for_good ? nullptr : &fake_stack_, outside_bottom_, outside_size_);
#else
  static_cast<void>(for_good);
#endif
#if defined(NLB_SHIM_TSAN)
  __tsan_switch_to_fiber(outside_identity_, __tsan_switch_to_fiber_no_sync);
#endif
  swapcontext(&own_, &outside_);
#if defined(NLB_SHIM_ASAN)
  __sanitizer_finish_switch_fiber(fake_stack_, &outside_bottom_, &outside_size_);
#endif
}

void Fiber::yield() { running->leave(/*for_good=*/false); }

void publish([[maybe_unused]] void* place) {
#if defined(NLB_SHIM_TSAN)
  __tsan_release(place);
#endif
}

void observe([[maybe_unused]] void* place) {
#if defined(NLB_SHIM_TSAN)
  __tsan_acquire(place);
#endif
}

void forbid([[maybe_unused]] void* begin, [[maybe_unused]] size_t size) {
#if defined(NLB_SHIM_ASAN)
  __asan_poison_memory_region(begin, size);
#endif
}

void allow([[maybe_unused]] void* begin, [[maybe_unused]] size_t size) {
#if defined(NLB_SHIM_ASAN)
  __asan_unpoison_memory_region(begin, size);
#endif
}

}  // namespace nlb::shim
