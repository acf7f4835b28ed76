// supervise/estimate.h -- what a trial will cost in time and memory: from stored records where there are any, else
// guessed.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "supervise/standing.h"
#include "supervise/worker_process.h"

namespace nlb {

/// Multiply-adds a second of one core (kernels/peak.h); empty where that cannot be found out.
using Probe = std::function<std::optional<double>()>;
/// Starts a worker (settings.program empty: the one that find_worker finds) and asks it.
Probe probe_of(WorkerSettings settings);
/// The same, asked at once in a thread of its own: a worker takes a third of a second to load LibTorch.
Probe probe_beside(WorkerSettings settings);

/// Slots of a run: how many trials at once and threads for each.
struct Slots {
  int jobs = 1, threads = 1;
};

class CostModel {
 public:
  /// `records` are those whose speed counts: the plan's own first. On a GPU guesses take other constants. `probe` is
  /// asked once, at the first guess on a CPU.
  CostModel(std::vector<const Record*> records, const Facts& facts, bool gpu, Probe probe = {});
  /// Of the whole trial, on its own slot: the median of stored trials that differ in labels and seeds only; else from
  /// images a second of the same method, then of any method, with the same net and batch size; else a guess.
  double seconds(const TrialSpec& spec, int threads) const;
  /// Peak memory of the worker that trains it.
  double bytes(const TrialSpec& spec) const;
  /// A net this large (>= 1e8 multiply-adds an image) gets all cores for one trial, others one core each: two
  /// one-thread trials then are as fast together as one two-thread trial, at twice the memory. It depends on the net
  /// alone, because threads are part of the determinism class: a trial must not change its class when fewer trials are
  /// left.
  bool is_large(const TrialSpec& spec) const;
  /// "measured in 12 records" or "a guess from multiply-adds", for what seconds() was asked so far.
  std::string origin() const;

 private:
  double training_rate(const TrialSpec& spec, int threads) const;
  double guessed_rate(const TrialSpec& spec, int64_t multiply_adds, int threads) const;
  double core_rate() const;
  std::vector<const Record*> records_;
  std::unordered_map<std::string, double> walls_;          ///< median seconds by threads and work
  std::set<std::pair<std::string, std::string>> trained_;  ///< method and net of walls_
  const Facts& facts_;
  bool gpu_;
  Probe probe_;
  mutable std::optional<double> core_rate_;  // what the probe said, or a typical core's
  mutable int measured_ = 0, guessed_ = 0;
};

/// Records of trials that the protocols have and a narrowed plan leaves out: their speed tells too.
RecordIndex read_records_beside(const std::vector<std::filesystem::path>& folders,
                                const std::vector<Protocol>& protocols, const Selection& selection, const Plan& plan,
                                const Facts& facts);
/// What tells a CostModel how fast this machine is. It keeps pointers into both.
std::vector<const Record*> speeds(const RecordIndex& records, const RecordIndex& beside);
/// Images a trial trains on in one epoch, before trusted and held-out parts.
int64_t training_images(const TrialSpec& spec, const Facts& facts);

}  // namespace nlb
