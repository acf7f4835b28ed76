#include "supervise/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <iostream>

#include "core/terminal.h"
#include "core/text.h"

namespace nlb {
namespace {

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

bool has_cursor() {
  const char* term = std::getenv("TERM");
  return is_terminal(STDERR_FILENO) && term != nullptr && std::string(term) != "dumb";
}

size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

double seconds_since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

std::string percent(int64_t right, int64_t count) {
  return count > 0 ? fixed(100.0 * static_cast<double>(right) / static_cast<double>(count), 2) + " %" : "-";
}

}  // namespace

ProgressView::ProgressView(const ProgressSettings& settings)
    : quiet_(settings.quiet), live_(!settings.quiet && has_cursor()), log_path_(settings.json_log) {
  if (log_path_.empty()) return;
  log_.open(log_path_, std::ios::app);
  if (!log_) throw EnvironmentError(log_path_ + ": cannot be written (--log-json)");
}

ProgressView::~ProgressView() { clear_live(); }

double ProgressView::Line::share() const {
  if (epochs <= 0) return 0;
  const double part =
      last.images_in_epoch > 0 ? static_cast<double>(last.images) / static_cast<double>(last.images_in_epoch) : 0;
  return std::min(1.0, (static_cast<double>(last.epoch) + part) / static_cast<double>(epochs));
}

double ProgressView::Line::seconds_left() const {
  const double before = epochs > 0 ? static_cast<double>(resumed_at) / static_cast<double>(epochs) : 0;
  const double done = share() - before;
  return done > 0.001 ? seconds_since(since) * (1 - share()) / done : seconds * (1 - share());
}

void ProgressView::plan(int64_t trials, double seconds, int slots) {
  trials_ = trials;
  seconds_left_ = seconds;
  slots_ = std::max(1, slots);
  start_ = Clock::now();
  log({{"event", "plan"}, {"trials", trials}, {"seconds", seconds}});
}

void ProgressView::started(const Trial& trial, double seconds, const Started& event) {
  auto& line = running_[trial.id];
  line = {.name = trial.uses.front().row + " " + trial.uses.front().setting + " seed " + trial.uses.front().seed,
          .seconds = seconds,
          .epochs = event.epochs,
          .resumed_at = event.resumed_at,
          .last = {},
          .since = Clock::now()};
  line.last.epoch = event.resumed_at;
  seconds_left_ = std::max(0.0, seconds_left_ - seconds);
  log({{"event", "started"},
       {"trial", trial.id},
       {"name", line.name},
       {"epochs", event.epochs},
       {"resumed_at", event.resumed_at}});
  const std::string resumed = event.resumed_at > 0 ? ", continues after epoch " + std::to_string(event.resumed_at) : "";
  if (!live_)
    print("start    " + trial.id.substr(0, 12) + "  " + line.name + ", " + std::to_string(event.epochs) + " epochs" +
          resumed);
}

void ProgressView::progress(const Progress& event) {
  if (const auto found = running_.find(event.id); found != running_.end()) found->second.last = event;
}

void ProgressView::evaluated(const Evaluated& event) {
  const auto found = running_.find(event.id);
  if (found == running_.end()) return;
  auto& line = found->second;
  line.last.epoch = event.epoch;
  line.last.images = 0;
  line.accuracy =
      event.test_count > 0 ? static_cast<double>(event.test_correct) / static_cast<double>(event.test_count) : -1;
  log({{"event", "evaluated"},
       {"trial", event.id},
       {"epoch", event.epoch},
       {"test_correct", event.test_correct},
       {"test_count", event.test_count}});
  if (live_) return;
  print("epoch    " + event.id.substr(0, 12) + "  " + line.name + ": epoch " + std::to_string(event.epoch) + "/" +
        std::to_string(line.epochs) + ", test " + percent(event.test_correct, event.test_count) +
        (line.last.images_per_second > 0 ? ", " + fixed(line.last.images_per_second, 0) + " images/s" : "") +
        ", left " + duration_text(line.seconds_left()));
}

void ProgressView::ended(const Trial& trial, const std::string& how, const std::string& text) {
  const auto found = running_.find(trial.id);
  if (found != running_.end()) {
    seconds_done_ += found->second.seconds;
    running_.erase(found);
  }
  if (how != "stopped" && how != "returned") ++over_;
  log({{"event", how}, {"trial", trial.id}, {"text", text}});
  const auto& use = trial.uses.front();
  const std::string line = how + std::string(how.size() < 9 ? 9 - how.size() : 1, ' ') + trial.id.substr(0, 12) + "  " +
                           use.row + " " + use.setting + " seed " + use.seed + (text.empty() ? "" : ": " + text);
  if (how == "failed" || how == "returned") {
    warning(line);
  } else {
    print(line + (live_ || how != "ok" ? "" : "; " + std::to_string(over_) + " of " + std::to_string(trials_)));
  }
}

void ProgressView::note(const std::string& text) { print(text); }

void ProgressView::warning(const std::string& text) {
  clear_live();
  std::cerr << text << std::endl;
}

void ProgressView::print(const std::string& text) {
  if (!quiet_) warning(text);
}

void ProgressView::log(Json event) {
  if (!log_.is_open()) return;
  event["time"] = utc_now();
  event["pid"] = ::getpid();
  log_ << event.dump() + "\n" << std::flush;  // one write a line, so that lines of several processes stay whole
}

void ProgressView::clear_live() {
  if (drawn_ > 0) std::cerr << "\x1b[" << drawn_ << "A\r\x1b[J";
  drawn_ = 0;
}

std::string ProgressView::live_line(const Line& line) const {
  std::string text = "  " + line.name + "  epoch " + std::to_string(std::min(line.last.epoch + 1, line.epochs)) + "/" +
                     std::to_string(line.epochs);
  if (line.accuracy >= 0) text += "  test " + fixed(100 * line.accuracy, 2) + " %";
  if (line.last.images_per_second <= 0) return text;  // nothing heard yet
  return text + "  loss " + (std::isfinite(line.last.loss) ? fixed(line.last.loss, 3) : "nan") + "  " +
         fixed(line.last.images_per_second, 0) + " images/s  left " + duration_text(line.seconds_left());
}

std::string ProgressView::plan_line() const {
  double left = seconds_left_, done = seconds_done_;
  for (const auto& [id, line] : running_) {
    left += line.seconds * (1 - line.share());
    done += line.seconds * line.share();
  }
  const double elapsed = seconds_since(start_);
  // Estimates of single trials may be wrong by a factor; what was done in the time so far corrects it for all that is
  // left.
  const double seconds = done > 0 ? left * elapsed / done : left / slots_;
  return std::to_string(over_) + " of " + std::to_string(trials_) + " trials over, " + std::to_string(running_.size()) +
         " running, " + duration_text(elapsed) + " so far, left " + duration_text(seconds);
}

void ProgressView::redraw() {
  if (!live_ || Clock::now() - drawn_at_ < std::chrono::milliseconds(100)) return;
  drawn_at_ = Clock::now();
  const size_t width = terminal_width() - 1;
  clear_live();
  std::string text;
  for (const auto& [id, line] : running_) text += live_line(line).substr(0, width) + "\n";
  const bool colour = use_colour(STDERR_FILENO);
  text += (colour ? "\x1b[1m" : "") + plan_line().substr(0, width) + (colour ? "\x1b[0m" : "") + "\n";
  std::cerr << text << std::flush;
  drawn_ = static_cast<int>(running_.size()) + 1;
}

}  // namespace nlb
