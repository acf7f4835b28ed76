// results/messages.h -- what crosses the pipe between nlbench and nlbench-worker: one JSON object a line, both ways.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "protocols/trial.h"
#include "results/result.h"

namespace nlb {

/// nlbench -> worker: train this trial. Answered by Started, Progress..., Evaluated..., and one of Finished, Stopped,
/// Returned.
struct RunTrial {
  std::string id;
  TrialSpec spec;
  std::string data_folder;
  std::string checkpoint;             ///< path of the checkpoint file to write, and to resume from where it exists
  double checkpoint_seconds = 30;     ///< least time between two checkpoints
  std::optional<int64_t> stop_after;  ///< epochs; `verify --epochs k` stops there and reports the chain so far
  std::vector<std::string> keep =
      {};  ///< ids of results/kept_files.h: what a trial that ends well leaves in keep_folder
  std::string keep_folder;
  Json own_dataset = nullptr;  ///< as Trial's
};
/// nlbench -> worker: write a checkpoint at the next epoch end and answer Stopped; then wait for more.
struct StopTrial {};
/// nlbench -> worker: leave (end of input means the same).
struct Leave {};

/// worker -> nlbench, once at its start.
struct Hello {
  int protocol = 2;        ///< of these messages; other numbers are refused
  Json determinism_class;  ///< object of strings: compiler, flags, libtorch, onednn, mkl, cuda, cudnn, cpu or gpu, isa,
                           ///< threads
  std::string device;
  double multiply_add_peak = 0;  ///< of one core, a second (kernels/peak.h); 0 on a GPU
};
struct Started {
  std::string id;
  int64_t epochs = 0;      ///< in all, every stage together
  int64_t resumed_at = 0;  ///< epochs that were already done
  std::optional<NoiseSummary> noise;
  Json determinism_class = nullptr;  ///< of this trial: the worker's, and the arithmetic of nets that have their own
};
/// At most four a second.
struct Progress {
  std::string id;
  int64_t epoch = 0;  ///< being trained, 0-based
  int64_t images = 0, images_in_epoch = 0;
  double loss = 0, images_per_second = 0;
};
struct Evaluated {
  std::string id;
  int64_t epoch = 0;  ///< finished, 1-based
  int64_t test_correct = 0, test_count = 0;
  std::string state_chain;
};
struct Finished {  ///< ok or failed by itself
  std::string id;
  TrialResult result;
};
struct Stopped {  ///< after StopTrial or RunTrial::stop_after
  std::string id;
  int64_t epochs_done = 0;
  std::string state_chain, count_chain;
};
/// The trial could not run through no fault of its own (no memory, device lost, disk full, data missing or wrong).
struct Returned {
  std::string id;
  std::string kind;  ///< "environment", "missing_data", "input", "internal"
  std::string message;
};

using Command = std::variant<RunTrial, StopTrial, Leave>;
using Event = std::variant<Hello, Started, Progress, Evaluated, Finished, Stopped, Returned>;

std::string encode(const Command& command);  ///< one line, with the newline
std::string encode(const Event& event);
Command decode_command(const std::string& line);  ///< throws InputError
Event decode_event(const std::string& line);

}  // namespace nlb
