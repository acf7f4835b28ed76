#include "supervise/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "core/stop_signals.h"

namespace nlb {
namespace {

sigset_t watched() {
  sigset_t set = stop_signals();
  ::sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

SignalWatch::SignalWatch() {
  const auto set = watched();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  descriptor_ = ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  std::signal(SIGPIPE, SIG_IGN);
}

SignalWatch::~SignalWatch() {
  read();  // what came and was served must not end the program now
  const auto set = watched();
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  ::close(descriptor_);
}

bool SignalWatch::stop() {
  read();
  return !name_.empty();
}

bool SignalWatch::hurry() {
  read();
  return hurry_;
}

void SignalWatch::read() {
  signalfd_siginfo info;
  while (::read(descriptor_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    const int number = static_cast<int>(info.ssi_signo);
    if (name_.empty()) name_ = signal_name(number);
    // Batch systems repeat their own signals without meaning haste.
    if (number != SIGINT && number != SIGTERM) continue;
    if (!first_plea_) first_plea_ = Clock::now();
    hurry_ = hurry_ || looked_ - *first_plea_ >= std::chrono::seconds(kHurrySeconds);
  }
  looked_ = Clock::now();
}

}  // namespace nlb
