// core/stop_signals.h -- the signals by which shells, batch systems and limits ask a program to stop.
#pragma once

#include <csignal>
#include <string>

namespace nlb {

/// SIGTERM; SIGHUP (the terminal or ssh connection is gone), unless it is ignored, as nohup sets it; SIGUSR1, SIGUSR2
/// (batch systems before the time limit: sbatch --signal); SIGXCPU (ulimit -t: the time of the process is up). Not
/// SIGINT, which a terminal sends to every process of its group, and not SIGQUIT, which is for ending at once.
sigset_t stop_signals();

/// "SIGTERM"; "signal 40" for one without a name.
std::string signal_name(int number);

}  // namespace nlb
