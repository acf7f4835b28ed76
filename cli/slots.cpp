#include "cli/slots.h"

#include <algorithm>
#include <map>

#include "cli/machine.h"
#include "cli/quantities.h"

namespace nlb {
namespace {

constexpr int kThreadsOfLargeNet = 4;  ///< more gain little: convolutions of one batch do not feed more cores
constexpr double kShareOfFreeMemory = 0.8;

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

int threads_of(const TrialSpec& spec, const CostModel& costs, const SlotFlags& flags, size_t gpus) {
  if (const int given = parse_count_or_auto("--threads", flags.threads); given > 0) return given;
  return gpus == 0 && costs.is_large(spec) ? std::min(usable_cores(), kThreadsOfLargeNet) : 1;
}

std::vector<Batch> make_batches(const std::vector<TrialStanding>& todo, const CostModel& costs, const SlotFlags& flags,
                                size_t gpus) {
  const int jobs = parse_count_or_auto("--jobs", flags.jobs);
  const double memory =
      flags.memory.empty() ? kShareOfFreeMemory * available_bytes() : parse_bytes("--memory", flags.memory);
  const int cores = usable_cores();
  std::map<int, Batch> batches;
  std::map<int, double> largest;
  for (const auto& one : todo) {
    const auto& spec = one.trial->spec;
    const int own = threads_of(spec, costs, flags, gpus);
    auto& batch = batches[own];
    batch.tasks.push_back({.trial = one.trial, .known_records = one.records, .seconds = costs.seconds(spec, own)});
    batch.seconds += batch.tasks.back().seconds;
    largest[own] = std::max(largest[own], costs.bytes(spec));
  }
  std::vector<Batch> ordered;
  for (auto& [own, batch] : batches) {
    const int free = gpus > 0 ? static_cast<int>(gpus) : std::max(1, cores / own);
    int wanted = jobs > 0 ? jobs : free;
    if (jobs == 0 || !flags.memory.empty())
      wanted = std::min(wanted, static_cast<int>(std::min(1e6, memory / largest[own])));
    batch.slots = {.jobs = std::clamp(wanted, 1, static_cast<int>(batch.tasks.size())), .threads = own};
    ordered.push_back(std::move(batch));
  }
  return ordered;
}

double wall_seconds(const std::vector<Batch>& batches) {
  double seconds = 0;
  for (const auto& batch : batches) seconds += batch.seconds / batch.slots.jobs;
  return seconds;
}

std::string slots_text(const std::vector<Batch>& batches) {
  std::string text;
  for (const auto& batch : batches) {
    text += (text.empty() ? "" : ", then ") + std::to_string(batch.slots.jobs) + " at once with " +
            std::to_string(batch.slots.threads) + (batch.slots.threads == 1 ? " thread" : " threads");
  }
  return text;
}

}  // namespace nlb
