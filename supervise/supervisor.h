// supervise/supervisor.h -- runs trials in worker processes: claims, starts, stops, stores. One poll loop, no thread.
#pragma once

#include <chrono>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "results/store.h"
#include "supervise/estimate.h"
#include "supervise/progress.h"
#include "supervise/signals.h"
#include "supervise/worker_process.h"

namespace nlb {

struct RunSettings {
  WorkerSettings worker;  ///< device and threads are the slot's
  std::string data_folder;
  bool retry_failed = false, stop_on_failure = false;
  std::vector<std::string> keep;  ///< ids of results/kept_files.h
  double checkpoint_seconds = RunTrial{}.checkpoint_seconds;
  std::optional<double> max_seconds;              ///< from the construction of the Supervisor
  std::map<std::string, std::vector<int>> looks;  ///< protocol -> seed counts of --until-decided, for the records
};

struct Task {
  const Trial* trial = nullptr;
  int64_t known_records = 0;  ///< a further one was stored by another process meanwhile
  double seconds = 0;         ///< estimate
};

/// How the trials handed to run() ended.
struct RunCounts {
  int64_t ok = 0, failed = 0, skipped = 0, left = 0;  ///< left: stopped, returned or never started
  bool interrupted = false, bad_input = false;
  std::string fatal;  ///< why the run cannot go on; "" if it can
};

class Supervisor {
 public:
  /// The references must outlive it.
  Supervisor(const Store& store, RunSettings settings, ProgressView& view, SignalWatch& signals);
  ~Supervisor();
  /// Returns when every task is over or the run was stopped; then further calls only count their tasks as left.
  /// Slots take the devices in turn.
  void run(std::deque<Task> tasks, Slots slots, const std::vector<std::string>& devices = {"cpu"});
  const RunCounts& counts() const { return counts_; }

 private:
  struct Slot {
    std::string device;
    std::unique_ptr<WorkerProcess> worker;
    bool greeted = false;
    bool retired = false;  ///< its worker gave a trial back: a process whose GPU is gone never gets it again
    std::optional<Task> task;
    std::optional<FileLock> claim;
    std::ofstream log;
  };
  using Clock = std::chrono::steady_clock;

  bool is_busy() const;
  bool wants_alone() const;
  void fill_slots(int threads);
  bool start_next(Slot& slot, std::deque<Task>& queue, int threads);
  bool is_settled(const Task& task);
  void start_worker(Slot& slot, int threads);
  void send_trial(Slot& slot);
  void wait_for_news();
  void serve(Slot& slot);
  void hear(Slot& slot, const Hello& event);
  void hear(Slot& slot, const Started& event);
  void hear(Slot& slot, const Progress& event);
  void hear(Slot& slot, const Evaluated& event);
  void hear(Slot& slot, const Finished& event);
  void hear(Slot& slot, const Stopped& event);
  void hear(Slot& slot, const Returned& event);
  void bury(Slot& slot);
  void store_result(Slot& slot, const TrialResult& result);
  void give_back(Slot& slot, const std::string& message);
  void release(Slot& slot, const std::string& how, const std::string& text);
  void watch_clock_and_signals();
  void stop_all();
  void give_up(const std::string& message);

  const Store& store_;
  const RunSettings settings_;
  ProgressView& view_;
  SignalWatch& signals_;
  const Machine machine_;
  std::vector<Slot> slots_;
  std::deque<Task> queue_, elsewhere_, alone_;  ///< elsewhere_: claimed by other processes; alone_: returned once
  bool alone_mode_ = false, stopping_ = false, told_waiting_ = false, signal_served_ = false;
  int returned_in_a_row_ = 0;
  Clock::time_point start_ = Clock::now(), looked_elsewhere_;
  RunCounts counts_;
};

}  // namespace nlb
