// tests/worker/worker_process.h -- a real nlbench-worker at the other end of two pipes.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "results/messages.h"

namespace nlb::test {

class WorkerProcess {
 public:
  /// `fault`: NLB_FAULT of core/durable.h.
  explicit WorkerProcess(const std::vector<std::string>& flags = {}, const std::string& fault = "") {
    int to_worker[2], from_worker[2];
    REQUIRE(pipe2(to_worker, O_CLOEXEC) == 0);
    REQUIRE(pipe2(from_worker, O_CLOEXEC) == 0);
    const std::string program = std::string(NLB_BINARY_DIR) + "/bin/nlbench-worker";
    std::vector<char*> arguments = {const_cast<char*>(program.c_str())};
    for (const std::string& flag : flags) arguments.push_back(const_cast<char*>(flag.c_str()));
    arguments.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      if (!fault.empty()) setenv("NLB_FAULT", fault.c_str(), 1);
      dup2(to_worker[0], STDIN_FILENO);
      dup2(from_worker[1], STDOUT_FILENO);
      execv(program.c_str(), arguments.data());
      _exit(127);
    }
    close(to_worker[0]);
    close(from_worker[1]);
    input_ = to_worker[1];
    output_ = fdopen(from_worker[0], "r");
  }
  ~WorkerProcess() {
    close_input();
    if (pid_ > 0) kill();
    std::fclose(output_);
  }
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  void send(const std::string& line) {
    REQUIRE(write(input_, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  }
  void send(const Command& command) { send(encode(command)); }

  /// The next line on its standard output; nothing when the worker has left.
  std::optional<std::string> line() {
    std::string text;
    for (int c = std::fgetc(output_); c != EOF; c = std::fgetc(output_)) {
      text.push_back(static_cast<char>(c));
      if (c == '\n') return text;
    }
    return std::nullopt;
  }
  /// Hears until an event of type T comes; fails the test when the worker leaves or gives the trial back before.
  template <typename T>
  T hear() {
    while (const auto text = line()) {
      Event event = decode_event(*text);
      if (T* wanted = std::get_if<T>(&event)) return std::move(*wanted);
      if (const auto* returned = std::get_if<Returned>(&event)) FAIL(returned->message);
    }
    FAIL("the worker left");
    throw std::logic_error("not reached");
  }
  void signal(int number) const { ::kill(pid_, number); }
  void close_input() {
    if (input_ >= 0) close(input_);
    input_ = -1;
  }
  /// Exit status, or 128 + the signal that ended it.
  int wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  void kill() {
    ::kill(pid_, SIGKILL);
    wait();
  }

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  std::FILE* output_ = nullptr;
};

}  // namespace nlb::test
