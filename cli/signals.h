// cli/signals.h -- SIGINT and SIGTERM as something to wait for.
#pragma once

namespace nlb {

/// While one lives, SIGINT and SIGTERM no longer end the program; they are counted, and descriptor() becomes readable.
/// SIGPIPE is ignored: a worker that died is noticed by reading.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  int descriptor() const { return descriptor_; }
  int count();  ///< since the start

 private:
  int descriptor_ = -1;
  int count_ = 0;
};

}  // namespace nlb
