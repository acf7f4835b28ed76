#include "supervise/slots.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "core/text.h"
#include "supervise/machine.h"
#include "supervise/quantities.h"

namespace nlb {
namespace {

constexpr int kThreadsOfLargeNet = 4;  ///< more gain little: convolutions of one batch do not feed more cores
constexpr double kShareOfFreeMemory = 0.8;
constexpr double kContextBytes =
    200e6;  ///< of CUDA and its libraries in a worker, beyond what bytes() has for LibTorch

/// Trials that fit on the GPUs together, at least one on each.
int fit_on(const Gpus& gpus, double bytes_of_one) {
  const double each = std::floor(kShareOfFreeMemory * gpus.free_bytes / (bytes_of_one + kContextBytes));
  return static_cast<int>(gpus.devices.size()) * static_cast<int>(std::clamp(each, 1.0, 1e4));
}

/// Memory that all trials together may take, and the control group that kills processes which take more; "" for none.
struct Room {
  double bytes = 0, free = 0;
  std::string group;
};

/// --memory counts as typed. Jobs given by hand are bounded by a control group only, and then up to its last byte.
Room room_of(const SlotFlags& flags, int jobs) {
  if (!flags.memory.empty()) {
    const double given = parse_bytes("--memory", flags.memory);
    return {.bytes = given, .free = given, .group = {}};
  }
  const auto memory = free_memory();
  if (jobs == 0) return {.bytes = kShareOfFreeMemory * memory.bytes, .free = memory.bytes, .group = memory.group};
  const double bytes = memory.group.empty() ? std::numeric_limits<double>::infinity() : memory.bytes;
  return {.bytes = bytes, .free = memory.bytes, .group = memory.group};
}

/// "" where nothing is to be said.
std::string note_on_memory(const Room& room, double trial_bytes, int wanted, int jobs) {
  if (room.group.empty() || (wanted == jobs && trial_bytes <= room.free)) return {};
  const std::string limit = bytes_text(room.free) + " of memory are free in control group " + room.group +
                            ", and each trial takes up to " + bytes_text(trial_bytes);
  if (trial_bytes > room.free)
    return limit + ": its worker may be killed; ask for more memory (sbatch --mem, docker run --memory)";
  return limit + ": " + std::to_string(jobs) + " at once, not " + std::to_string(wanted) +
         "; --memory SIZE says how much all may take together";
}

}  // namespace

void add_slot_flags(CLI::App& app, SlotFlags& flags) {
  app.add_option("--jobs,-j", flags.jobs, "trials at once; auto: as many as cores and memory allow")
      ->type_name("N|auto")
      ->capture_default_str();
  app.add_option("--threads", flags.threads, "threads per trial; auto: 1, and up to 4 for large nets")
      ->type_name("N|auto")
      ->capture_default_str();
  app.add_option("--memory", flags.memory, "memory that all trials together may take; default: 80 % of what is free")
      ->type_name("SIZE");
}

int threads_of(const TrialSpec& spec, const CostModel& costs, const SlotFlags& flags, const Gpus& gpus) {
  if (const int given = parse_count_or_auto("--threads", flags.threads); given > 0) return given;
  return gpus.devices.empty() && costs.is_large(spec) ? std::min(usable_cores(), kThreadsOfLargeNet) : 1;
}

std::vector<TrialStanding> take_for_cpu(std::vector<TrialStanding>& todo, const CostModel& on_cpu,
                                        const CostModel& on_gpu, const SlotFlags& flags, const Gpus& gpus) {
  const auto is_faster_here = [&](const TrialStanding& one) {
    const auto& spec = one.trial->spec;
    const int threads = threads_of(spec, on_cpu, flags, {});
    // Per trial, as if the rest of the queue kept all slots of either side busy.
    const double here = on_cpu.seconds(spec, threads) / std::max(1, usable_cores() / threads);
    return here < on_gpu.seconds(spec, 1) / static_cast<double>(gpus.devices.size());
  };
  const auto rest = std::stable_partition(todo.begin(), todo.end(), std::not_fn(is_faster_here));
  std::vector<TrialStanding> taken(rest, todo.end());
  todo.erase(rest, todo.end());
  return taken;
}

std::vector<SlotBatch> make_batches(const std::vector<TrialStanding>& todo, const CostModel& costs,
                                    const SlotFlags& flags, const Gpus& gpus) {
  const int jobs = parse_count_or_auto("--jobs", flags.jobs);
  const auto room = room_of(flags, jobs);
  const int cores = usable_cores();
  std::map<int, SlotBatch> batches;
  std::map<int, double> largest;
  for (const auto& one : todo) {
    const auto& spec = one.trial->spec;
    const int own = threads_of(spec, costs, flags, gpus);
    auto& batch = batches[own];
    batch.tasks.push_back({.trial = one.trial, .known_records = one.records, .seconds = costs.seconds(spec, own)});
    batch.seconds += batch.tasks.back().seconds;
    largest[own] = std::max(largest[own], costs.bytes(spec));
  }
  std::vector<SlotBatch> ordered;
  for (auto& [own, batch] : batches) {
    const auto devices = static_cast<int>(gpus.devices.size());
    const int free = devices > 0 ? devices : std::max(1, cores / own);
    // One batch for each number of threads: a worker's threads are part of the determinism class and never change while
    // it lives.
    const int wanted = std::min(jobs > 0 ? jobs : free, static_cast<int>(batch.tasks.size()));
    int fitting = static_cast<int>(std::min(1e6, room.bytes / largest[own]));
    if (gpus.free_bytes > 0) fitting = std::min(fitting, fit_on(gpus, largest[own]));
    if (devices > 0) batch.devices = gpus.devices;
    batch.slots = {.jobs = std::clamp(std::min(wanted, fitting), 1, std::max(1, wanted)), .threads = own};
    batch.note = note_on_memory(room, largest[own], jobs > 0 ? wanted : batch.slots.jobs, batch.slots.jobs);
    ordered.push_back(std::move(batch));
  }
  return ordered;
}

double wall_seconds(const std::vector<SlotBatch>& batches) {
  double seconds = 0;
  for (const auto& batch : batches) seconds += batch.seconds / batch.slots.jobs;
  return seconds;
}

std::string slots_text(const std::vector<SlotBatch>& batches) {
  std::string text;
  for (const auto& batch : batches) {
    text += (text.empty() ? "" : ", then ") + std::to_string(batch.slots.jobs) + " at once with " +
            std::to_string(batch.slots.threads) + (batch.slots.threads == 1 ? " thread" : " threads");
    if (batch.devices.front() != "cpu") text += " on " + join(batch.devices, ", ");
  }
  return text;
}

}  // namespace nlb
