// tests/kernels/shim/fibers.h -- threads that one thread of the system runs by turns, known to the sanitizers.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>

namespace nlb::shim {

/// Memory that the system hands out anew and takes back: to a sanitizer it has no past.
class FreshMemory {
 public:
  explicit FreshMemory(size_t size);
  ~FreshMemory();
  FreshMemory(const FreshMemory&) = delete;
  FreshMemory& operator=(const FreshMemory&) = delete;
  unsigned char* begin() const { return begin_; }
  size_t size() const { return size_; }

 private:
  unsigned char* begin_;
  size_t size_;
};

/// Runs `body` on a stack of its own whenever resumed, until it yields or ends.
class Fiber {
 public:
  explicit Fiber(const std::function<void()>& body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  void resume();        ///< from outside all fibers; returns at the next yield or at the end
  static void yield();  ///< from inside
  bool ended() const { return ended_; }

 private:
  static void enter(unsigned high, unsigned low);
  void leave(bool for_good);

  const std::function<void()>& body_;
  FreshMemory stack_;
  ucontext_t own_{}, outside_{};
  bool ended_ = false;
  void *fake_stack_ = nullptr, *outside_fake_stack_ = nullptr;  // AddressSanitizer's
  const void* outside_bottom_ = nullptr;
  size_t outside_size_ = 0;
  void *identity_ = nullptr, *outside_identity_ = nullptr;  // ThreadSanitizer's
};

/// What was done before `publish(x)` is seen after `observe(x)`: the only order that ThreadSanitizer takes from us.
void publish(void* place);
void observe(void* place);
/// Nothing between begin and end may be touched, or all of it again. AddressSanitizer only.
void forbid(void* begin, size_t size);
void allow(void* begin, size_t size);

}  // namespace nlb::shim
