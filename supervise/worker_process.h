// supervise/worker_process.h -- one nlbench-worker: started, spoken to over its pipe, ended.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "results/messages.h"

namespace nlb {

struct WorkerSettings {
  std::filesystem::path program;
  std::string device = "cpu";  ///< cpu or cuda:N
  int threads = 1;             ///< per trial
  std::string isa;             ///< pins the instruction set; "" for the best one
  bool graphs = false;         ///< on a GPU: captured steps (docs/gpu.md)
};

/// How a worker started with `settings` introduces itself; empty, and `why` its last words, where it does not.
std::optional<Hello> greeting(const WorkerSettings& settings, std::string& why);

/// NLBENCH_WORKER, else beside this program, else in ../libexec. Throws EnvironmentError saying how to build it.
std::filesystem::path find_worker();

/// What to do about the last lines of a worker that did not start or ran out of memory; "" where they say it all.
/// Begins with a line break.
std::string advice_on_end(const std::string& last_lines);

class WorkerProcess {
 public:
  /// Starts the program in a process group of its own, so that Ctrl-C reaches nlbench alone, which then stops the
  /// trials in order. The signals of core/stop_signals.h are blocked in it from the start: where one reaches every
  /// process (Slurm at the time limit), the worker hears of it when it listens, and ends its epoch first. Throws
  /// EnvironmentError.
  explicit WorkerProcess(WorkerSettings settings);
  ~WorkerProcess();  ///< closes its input, which tells it to leave; kills it after two seconds
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  const WorkerSettings& settings() const { return settings_; }
  void send(const Command& command);  ///< a worker that died is noticed by read_events
  /// Readable when events or the end of the pipe wait; -1 after the end.
  int event_descriptor() const { return events_; }
  int error_descriptor() const { return errors_; }
  /// What came since the last call, without waiting. Throws InputError on a line that is no event.
  std::vector<Event> read_events();
  std::string read_errors();  ///< new text on its standard error, without waiting
  bool ended() const { return events_ == -1; }
  /// After the end: waits for the process and says how it ended ("killed by signal 9", "exit code 1"), with the last
  /// lines it wrote to standard error.
  std::string last_words();
  void leave();  ///< closes its input; it ends by itself
  void kill();

 private:
  void reap(int patience_ms);
  WorkerSettings settings_;
  pid_t process_ = -1;
  int commands_ = -1, events_ = -1, errors_ = -1;
  std::string partial_line_, error_tail_;
  int status_ = 0;
  double cpu_seconds_ = 0;  ///< of a process that was waited for
};

}  // namespace nlb
