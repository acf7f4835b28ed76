// worker/pipe.h -- the two ends of the worker's pipe: commands read on a thread of their own, so that a stop reaches a
// running trial; events written whole.
#pragma once

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>

#include "results/messages.h"

namespace nlb {

class Pipe {
 public:
  /// From now on only events reach standard output; whatever libraries print there goes to standard error.
  Pipe();
  /// Starts reading. End of input, or Leave, ends the process at once, in the middle of a trial too: nobody is left to
  /// hear of it, and its last checkpoint lets the next run go on.
  void listen();
  /// From now on each of `signals` stops the trial that runs, and each later one after its first epoch: this process
  /// was asked to end, whatever is sent to it. They must be blocked in every thread.
  void obey(const sigset_t& signals);
  /// The next trial to run.
  RunTrial next();
  void send(const Event& event);
  const std::atomic<bool>& stop() const { return stop_; }

 private:
  void read_all();
  void take(const std::string& line);

  int output_;
  std::atomic<bool> stop_ = false, stop_for_good_ = false;
  std::mutex mutex_, output_mutex_;
  std::condition_variable arrived_;
  std::deque<RunTrial> waiting_;
};

}  // namespace nlb
