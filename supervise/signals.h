// supervise/signals.h -- the signals that ask a run to stop, as something to wait for.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace nlb {

/// While one lives, the signals of core/stop_signals.h and SIGINT no longer end the program: they are noticed, and
/// descriptor() becomes readable. A SIGHUP that was ignored at the start (nohup) stays ignored. SIGPIPE is ignored: a
/// worker that died is noticed by reading.
class SignalWatch {
 public:
  using Clock = std::chrono::steady_clock;

  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  int descriptor() const { return descriptor_; }

  /// A stop was asked for, by whichever signal, since the start.
  bool stop();
  /// Somebody will not wait: SIGINT or SIGTERM came again kHurrySeconds after the first of these two. Not before,
  /// because srun delivers each twice within a second, and not by the others: SIGXCPU comes every second, and batch
  /// systems warn with SIGUSR1 long before SIGTERM. When a signal came is known to lie after the last look alone: one
  /// that is found after a store that took long may be srun's second and does not count, the next one does.
  bool hurry();
  std::string name() const { return name_; }  ///< of the first signal, as in "SIGTERM"; "" before it
  static constexpr int kHurrySeconds = 2;

 private:
  void read();
  int descriptor_ = -1;
  bool hurry_ = false;
  std::string name_;
  std::optional<Clock::time_point> first_plea_;  ///< of SIGINT or SIGTERM, at the latest
  Clock::time_point looked_ = Clock::now();      ///< when no signal was left to read: what comes now came later
};

}  // namespace nlb
