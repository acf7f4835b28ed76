// supervise/progress.h -- what a person sees of a run on stderr, and the event log for programs.
#pragma once

#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "core/json.h"
#include "protocols/trial.h"
#include "results/messages.h"

namespace nlb {

struct ProgressSettings {
  bool quiet = false;
  std::string json_log;  ///< file that events are appended to, one JSON object a line; "" for none
};

/// On a terminal: one live line per running trial and one for the plan, above them what is over. Elsewhere one plain
/// line per event. Quiet: only warnings and failures.
class ProgressView {
 public:
  /// Throws EnvironmentError when the log cannot be written.
  explicit ProgressView(const ProgressSettings& settings);
  ~ProgressView();

  /// `seconds` is the estimate of each trial; slots share them.
  void plan(int64_t trials, double seconds, int slots);
  void started(const Trial& trial, double seconds, const Started& event);
  void progress(const Progress& event);
  void evaluated(const Evaluated& event);
  /// How a trial ended in this run: "ok", "failed", "stopped", "returned", "skipped", "elsewhere". `text` says more.
  void ended(const Trial& trial, const std::string& how, const std::string& text);
  void note(const std::string& text);     ///< not when quiet
  void warning(const std::string& text);  ///< always
  void redraw();                          ///< of live lines, at most ten times a second

 private:
  using Clock = std::chrono::steady_clock;
  struct Line {
    std::string name;
    double seconds = 0;  ///< estimate
    int64_t epochs = 0, resumed_at = 0;
    Progress last;
    double accuracy = -1;
    Clock::time_point since;
    double share() const;  ///< of the trial that is done
    double seconds_left() const;
  };
  void print(const std::string& text);
  void log(Json event);
  void clear_live();
  std::string live_line(const Line& line) const;
  std::string plan_line() const;

  bool quiet_ = false, live_ = false;
  std::ofstream log_;
  std::string log_path_;
  std::map<std::string, Line> running_;
  int64_t trials_ = 0, over_ = 0;
  double seconds_left_ = 0, seconds_done_ = 0;  ///< by the estimate: not started; over
  int slots_ = 1, drawn_ = 0;
  Clock::time_point start_ = Clock::now(), drawn_at_;
};

}  // namespace nlb
