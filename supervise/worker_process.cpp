#include "supervise/worker_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/program_folder.h"
#include "core/stop_signals.h"
#include "core/system_words.h"
#include "core/text.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

constexpr size_t kErrorTail = 2000;  ///< characters of standard error kept for messages

struct Pipe {
  int read_end = -1, write_end = -1;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) == -1) throw EnvironmentError("cannot open a pipe: " + system_words(errno));
  return {ends[0], ends[1]};
}

void close_end(int& descriptor) {
  if (descriptor != -1) ::close(std::exchange(descriptor, -1));
}

/// In the child, between fork and exec: only calls that are safe there.
[[noreturn]] void become(const std::vector<char*>& words, const Pipe& in, const Pipe& out, const Pipe& err) {
  // A group of its own, so that Ctrl-C of the terminal reaches nlbench alone, which stops the workers in order.
  ::setpgid(0, 0);
  ::dup2(in.read_end, STDIN_FILENO);
  ::dup2(out.write_end, STDOUT_FILENO);
  ::dup2(err.write_end, STDERR_FILENO);
  std::signal(SIGPIPE, SIG_DFL);
  // Signals to stop stay blocked until the worker can serve them: one that comes while it loads LibTorch must not kill
  // it.
  const sigset_t blocked = stop_signals();
  ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
  ::execv(words.front(), words.data());
  const char* reason = std::strerror(errno);
  if (::write(STDERR_FILENO, reason, std::strlen(reason)) < 0) ::_exit(126);
  ::_exit(127);
}

/// Of a process ended by SIGKILL, which the kernel sends for memory and at the hard limit of CPU time.
std::string why_killed(double cpu_seconds) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_CPU, &limit) == 0 && limit.rlim_max != RLIM_INFINITY &&
      cpu_seconds >= static_cast<double>(limit.rlim_max))
    return " (its " + std::to_string(limit.rlim_max) + " s of processor time are over: ulimit -t)";
  return " (perhaps out of memory)";
}

/// Appends all that can be read now; false at the end of the pipe.
bool read_all(int descriptor, std::string& text) {
  std::array<char, 65536> buffer;
  while (true) {
    const auto got = ::read(descriptor, buffer.data(), buffer.size());
    if (got > 0) {
      text.append(buffer.data(), static_cast<size_t>(got));
    } else if (got == 0) {
      return false;
    } else if (errno != EINTR) {
      return errno == EAGAIN;
    }
  }
}

}  // namespace

fs::path find_worker() {
  if (const char* named = std::getenv("NLBENCH_WORKER"); named != nullptr && *named != '\0') {
    if (::access(named, X_OK) == 0) return fs::absolute(named);
    throw EnvironmentError("NLBENCH_WORKER names " + std::string(named) + ", which is not a program");
  }
  const auto here = program_folder();
  for (const fs::path& place : {here / "nlbench-worker", here.parent_path() / "libexec" / "nlbench-worker"}) {
    if (::access(place.c_str(), X_OK) == 0) return place;
  }
  throw EnvironmentError("the training program nlbench-worker is not beside " + (here / "nlbench").string() +
                         "; this build has no LibTorch: run ci/quickstart.sh in the source tree, or name a worker with "
                         "NLBENCH_WORKER");
}

std::string advice_on_end(const std::string& last_lines) {
  const auto says = [&](const char* words) { return last_lines.find(words) != std::string::npos; };
  // glibc's loader, malloc's users, LibTorch and pthread_create, each in its own words.
  const bool no_memory = says("annot allocate memory") || says("cannot map") || says("failed to map") ||
                         says("bad_alloc") || says("not enough memory") || says("can't allocate") ||
                         says("cannot create shared object descriptor") || says("unable to mmap");
  if (no_memory) {
    const auto limits = memory_limits_text();
    return "\nthere is not enough memory" + (limits.empty() ? "" : ": " + limits);
  }
  if (says("Resource temporarily unavailable")) return "\n" + system_words(EAGAIN);
  if (says("cannot open shared object file")) {
    return "\nLibTorch is not where this build found it: run ci/quickstart.sh in the source tree";
  }
  return {};
}

std::optional<Hello> greeting(const WorkerSettings& settings, std::string& why) {
  WorkerProcess probe(settings);
  while (!probe.ended()) {
    pollfd wait{probe.event_descriptor(), POLLIN, 0};
    ::poll(&wait, 1, 100);
    probe.read_errors();
    for (const auto& event : probe.read_events()) {
      if (const auto* hello = std::get_if<Hello>(&event)) return *hello;
    }
  }
  why = probe.last_words();
  return std::nullopt;
}

WorkerProcess::WorkerProcess(WorkerSettings settings) : settings_(std::move(settings)) {
  std::vector<std::string> words = {settings_.program.string(), "--device", settings_.device, "--threads",
                                    std::to_string(settings_.threads)};
  if (!settings_.isa.empty()) words.insert(words.end(), {"--isa", settings_.isa});
  if (settings_.graphs && settings_.device != "cpu") words.emplace_back("--graphs");
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  Pipe in = make_pipe(), out = make_pipe(), err = make_pipe();
  process_ = ::fork();
  if (process_ == 0) become(pointers, in, out, err);
  const int refused = errno;
  // The child has its own copies. Kept open here, they would hide the end of its output.
  for (int* end : {&in.read_end, &out.write_end, &err.write_end}) close_end(*end);
  commands_ = in.write_end;
  events_ = out.read_end;
  errors_ = err.read_end;
  ::fcntl(events_, F_SETFL, O_NONBLOCK);
  ::fcntl(errors_, F_SETFL, O_NONBLOCK);
  if (process_ == -1) throw EnvironmentError("cannot start a worker: " + system_words(refused));
}

WorkerProcess::~WorkerProcess() {
  close_end(commands_);
  if (process_ != -1) reap(2000);
  close_end(events_);
  close_end(errors_);
}

void WorkerProcess::send(const Command& command) {
  const std::string text = encode(command);
  size_t sent = 0;
  while (sent < text.size()) {
    const auto wrote = ::write(commands_, text.data() + sent, text.size() - sent);
    // A pipe whose reader is gone: the end of the worker is noticed by its events, where the reason can be told.
    if (wrote == -1 && errno != EINTR) return;
    if (wrote > 0) sent += static_cast<size_t>(wrote);
  }
}

std::vector<Event> WorkerProcess::read_events() {
  std::vector<Event> events;
  if (events_ == -1) return events;
  const bool open = read_all(events_, partial_line_);
  size_t start = 0;
  for (size_t end; (end = partial_line_.find('\n', start)) != std::string::npos; start = end + 1) {
    events.push_back(decode_event(partial_line_.substr(start, end - start)));
  }
  partial_line_.erase(0, start);
  if (!open) close_end(events_);
  return events;
}

std::string WorkerProcess::read_errors() {
  std::string text;
  if (errors_ == -1) return text;
  if (!read_all(errors_, text)) close_end(errors_);
  error_tail_ += text;
  if (error_tail_.size() > kErrorTail) error_tail_.erase(0, error_tail_.size() - kErrorTail);
  return text;
}

std::string WorkerProcess::last_words() {
  if (process_ != -1) reap(2000);
  read_errors();
  std::string words = WIFSIGNALED(status_) ? "killed by signal " + std::to_string(WTERMSIG(status_))
                                           : "exit code " + std::to_string(WEXITSTATUS(status_));
  if (WIFSIGNALED(status_) && WTERMSIG(status_) == SIGKILL) words += why_killed(cpu_seconds_);
  std::string tail = error_tail_;
  while (!tail.empty() && tail.back() == '\n') tail.pop_back();
  if (!tail.empty()) words += ": " + tail;
  return words + advice_on_end(tail);
}

void WorkerProcess::leave() { close_end(commands_); }

void WorkerProcess::kill() {
  if (process_ != -1) ::kill(process_, SIGKILL);
}

void WorkerProcess::reap(int patience_ms) {
  for (int waited = 0;; ++waited) {
    rusage used{};
    const pid_t gone = ::wait4(process_, &status_, waited < patience_ms ? WNOHANG : 0, &used);
    if (gone == process_) cpu_seconds_ = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec + 1);
    if (gone == process_ || (gone == -1 && errno != EINTR)) break;
    if (gone == 0) ::usleep(1000);
    if (waited + 1 == patience_ms) kill();
  }
  process_ = -1;
}

}  // namespace nlb
