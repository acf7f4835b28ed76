#include "worker/pipe.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <thread>

#include "core/error.h"
#include "core/stop_signals.h"

namespace nlb {

Pipe::Pipe() : output_(dup(STDOUT_FILENO)) {
  if (output_ < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    throw EnvironmentError(std::string("standard output: ") + std::strerror(errno));
  }
}

void Pipe::listen() {
  std::thread([this] { read_all(); }).detach();  // lives as long as the process
}

void Pipe::obey(const sigset_t& signals) {
  std::thread([this, signals] {
    for (int number = 0; sigwait(&signals, &number) == 0;) {
      if (!stop_for_good_) std::cerr << signal_name(number) << ": stopping at the end of the epoch" << std::endl;
      stop_for_good_ = true;
      stop_ = true;
    }
  }).detach();
}

void Pipe::read_all() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) {
    try {
      take(line);
    } catch (const InputError& error) {
      send(Returned{.id = "", .kind = "input", .message = error.what()});
    }
  }
  std::_Exit(EXIT_SUCCESS);
}

void Pipe::take(const std::string& line) {
  Command command = decode_command(line);
  if (std::holds_alternative<Leave>(command)) std::_Exit(EXIT_SUCCESS);
  if (std::holds_alternative<StopTrial>(command)) {
    stop_ = true;
    return;
  }
  const std::lock_guard lock(mutex_);
  stop_ = false;  // a stop is meant for the trial sent before it
  if (stop_for_good_) stop_ = true;
  waiting_.push_back(std::move(std::get<RunTrial>(command)));
  arrived_.notify_one();
}

RunTrial Pipe::next() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [&] { return !waiting_.empty(); });
  RunTrial trial = std::move(waiting_.front());
  waiting_.pop_front();
  return trial;
}

void Pipe::send(const Event& event) {
  const std::string line = encode(event);
  const std::lock_guard lock(output_mutex_);
  for (size_t sent = 0; sent < line.size();) {
    const ssize_t written = write(output_, line.data() + sent, line.size() - sent);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) std::_Exit(EXIT_FAILURE);  // nobody reads any more
    sent += static_cast<size_t>(written);
  }
}

}  // namespace nlb
