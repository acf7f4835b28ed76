// supervise/slots.h -- how a run shares cores and memory among trials.
#pragma once

#include <CLI/CLI.hpp>
#include <deque>
#include <string>
#include <vector>

#include "supervise/estimate.h"
#include "supervise/supervisor.h"

namespace nlb {

/// --jobs, --threads and --memory as typed; "auto" and "" mean: decide.
struct SlotFlags {
  std::string jobs = "auto", threads = "auto", memory;
};
void add_slot_flags(CLI::App& app, SlotFlags& flags);

/// Trials with one number of threads: a worker's cannot change, so batches run one after the other.
struct SlotBatch {
  Slots slots;
  std::deque<Task> tasks;
  double seconds = 0;                          ///< sum over tasks
  std::vector<std::string> devices = {"cpu"};  ///< slots take them in turn
  std::string note;  ///< where a control group's memory decides: fewer at once than --jobs, or a trial that may not fit
};

/// The GPUs of a run, and what fits into each.
struct Gpus {
  std::vector<std::string> devices;  ///< "cuda:0", ...; empty: none
  double free_bytes = 0;             ///< of the fullest one; 0 where nobody asked
};

/// Threads of one trial: --threads, or by themselves as make_batches says.
int threads_of(const TrialSpec& spec, const CostModel& costs, const SlotFlags& flags, const Gpus& gpus);

/// Which of the trials are over sooner, all at once on the cores, than one after the other on the GPUs: those of small
/// nets, whose steps are shorter than starting their operations. They are taken out of `todo`.
std::vector<TrialStanding> take_for_cpu(std::vector<TrialStanding>& todo, const CostModel& on_cpu,
                                        const CostModel& on_gpu, const SlotFlags& flags, const Gpus& gpus);

/// Threads by themselves: 1, and up to 4 of the cores for a large net (CostModel::is_large). Jobs by themselves: one
/// per GPU, else cores / threads; never more than --memory (80 % of the free memory) holds. Jobs given by hand are kept
/// unless --memory is given too, or a control group, which kills workers that take more, does not hold them; on GPUs
/// never more than 80 % of their free memory holds, but one each. Throws
/// InputError on flags that are no numbers.
std::vector<SlotBatch> make_batches(const std::vector<TrialStanding>& todo, const CostModel& costs,
                                    const SlotFlags& flags, const Gpus& gpus);
double wall_seconds(const std::vector<SlotBatch>& batches);     ///< estimate of the whole
std::string slots_text(const std::vector<SlotBatch>& batches);  ///< "2 at once with 1 thread"

}  // namespace nlb
