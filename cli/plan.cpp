// cli/plan.cpp -- nlbench plan: trials, what is done, is the data there, time, memory, disk. Runs nothing, writes
// nothing.
#include "protocols/plan.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <set>

#include "cli/desk.h"
#include "cli/label_gaps.h"
#include "cli/own_checks.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "core/text.h"
#include "supervise/quantities.h"
#include "supervise/slots.h"

namespace nlb {
namespace {

struct PlanFlags {
  ProtocolFlags protocols;
  SelectionFlags selection;
  SlotFlags slots;
  std::string results, data, shard, format;
};

/// A record with its curves, rounded up: it grows with evaluations and test images.
constexpr double kRecordBytes = 64e3;

struct Costed {
  TrialStanding standing;
  double seconds = 0, bytes = 0;
};

/// What one protocol of several asks of a GPU.
struct Share {
  size_t trials = 0;
  double gpu_seconds = 0;
};

struct Costs {
  std::vector<Costed> trials;
  double wall_seconds = 0, most_bytes = 0, disk_bytes = 0;
  double gpu_seconds = 0;               ///< of all that is not done, whether its data is there or not
  std::map<std::string, Share> shares;  ///< protocol -> its part; a trial counts where it is named
  std::string origin, gpu_origin, slots;
  std::vector<std::string> notes;  ///< on memory (SlotBatch::note)
};

bool will_run(Standing standing) { return standing == Standing::open || standing == Standing::interrupted; }

void add_gpu_hours(const std::vector<const Record*>& speeds, const Facts& known, Costs& costs) {
  const CostModel model(speeds, known, true);
  for (const auto& one : costs.trials) {
    const auto& trial = *one.standing.trial;
    auto& share = costs.shares[trial.uses.front().protocol];
    ++share.trials;
    if (one.standing.standing == Standing::done) continue;
    const double seconds = model.seconds(trial.spec, 1);
    share.gpu_seconds += seconds;
    costs.gpu_seconds += seconds;
  }
  costs.gpu_origin = model.origin();
}

Costs cost(const PlanFlags& flags, Desk& desk, const Probe& probe) {
  const auto& records = desk.records();
  const auto beside = desk.records_beside(desk.plan());
  const auto& known = desk.known();
  DataCheck data(flags.data, known);
  const CostModel model(speeds(records, beside), known, false, probe);
  Costs costs;
  std::vector<TrialStanding> todo;
  for (const auto& one : stand(desk.plan(), records, Store(flags.results, false), data)) {
    const TrialSpec& spec = one.trial->spec;
    costs.trials.push_back({one, model.seconds(spec, threads_of(spec, model, flags.slots, {})), model.bytes(spec)});
    costs.most_bytes = std::max(costs.most_bytes, costs.trials.back().bytes);
    if (will_run(one.standing)) todo.push_back(one);
  }
  const auto batches = make_batches(todo, model, flags.slots, {});
  costs.wall_seconds = wall_seconds(batches);
  costs.disk_bytes = kRecordBytes * static_cast<double>(todo.size());
  costs.origin = model.origin();
  if (!todo.empty()) costs.slots = slots_text(batches);
  for (const auto& batch : batches) {
    if (!batch.note.empty()) costs.notes.push_back(batch.note);
  }
  add_gpu_hours(speeds(records, beside), known, costs);
  return costs;
}

std::string gpu_hours(double seconds) { return fixed(seconds / 3600, seconds < 36000 ? 1 : 0) + " GPU-hours"; }

void print_shares(const Costs& costs) {
  if (costs.shares.size() < 2) return;
  std::vector<TextRow> rows;
  for (const auto& [protocol, share] : costs.shares)
    rows.push_back({"protocol " + protocol, trials_text(share.trials), gpu_hours(share.gpu_seconds)});
  std::cout << aligned(rows);
}

void print_text(const Plan& plan, const Costs& costs, const std::vector<std::string>& notes) {
  std::vector<TextRow> rows;
  std::set<std::string> reasons;
  for (const auto& one : costs.trials) {
    rows.push_back({to_text(one.standing.standing), duration_text(one.seconds), bytes_text(one.bytes),
                    trial_name(*one.standing.trial)});
    if (!one.standing.reason.empty()) reasons.insert(one.standing.reason);
  }
  std::cout << aligned(rows);
  for (const auto& note : notes) std::cout << "note: " << note << "\n";
  for (const auto& reason : reasons) std::cout << "note: " << reason << "\n";
  for (const auto& note : costs.notes) std::cout << "note: " << note << "\n";
  std::set<std::string> untold;
  for (const auto& one : plan.not_planned) {
    untold.insert(one.use.protocol + "/" + one.use.group + " row " + one.use.row + ": " + one.reason);
  }
  for (const auto& line : untold) std::cout << "not run: " << line << "\n";
  print_shares(costs);
  std::cout << trials_text(costs.trials.size()) << "; "
            << (costs.slots.empty() ? std::string("nothing left to run")
                                    : "about " + duration_text(costs.wall_seconds) + " on the CPU, " + costs.slots +
                                          ", " + costs.origin)
            << "; " << gpu_hours(costs.gpu_seconds) << " on one device for all that is not done, " << costs.gpu_origin
            << "; up to " << bytes_text(costs.most_bytes) << " of memory per trial, " << bytes_text(costs.disk_bytes)
            << " of disk\n";
}

void print_json(const Plan& plan, const Costs& costs, const std::vector<std::string>& notes) {
  Json json = {{"seconds", costs.wall_seconds},
               {"time_origin", costs.origin},
               {"gpu_seconds", costs.gpu_seconds},
               {"gpu_time_origin", costs.gpu_origin},
               {"memory_bytes", costs.most_bytes},
               {"disk_bytes", costs.disk_bytes},
               {"notes", notes},
               {"not_run_cells", plan.not_planned.size()},
               {"trials", Json::array()}};
  for (const auto& one : costs.trials) {
    const auto& use = one.standing.trial->uses.front();
    json["trials"].push_back({{"id", one.standing.trial->id},
                              {"protocol", use.protocol},
                              {"group", use.group},
                              {"row", use.row},
                              {"setting", use.setting},
                              {"seed", use.seed},
                              {"state", to_text(one.standing.standing)},
                              {"reason", one.standing.reason},
                              {"seconds", one.seconds},
                              {"memory_bytes", one.bytes}});
  }
  std::cout << json.dump(2) << "\n";
}

ExitCode print_plan(PlanFlags& flags) {
  auto& selection = flags.selection.selection;
  if (!flags.shard.empty()) std::tie(selection.shard, selection.shards) = parse_shard(flags.shard);
  Desk desk(flags.protocols, selection, {flags.results});
  const auto& protocols = desk.protocols();
  // Where nothing is stored much will be guessed; else a worker is started only when a guess is needed.
  const auto probe = std::filesystem::is_directory(flags.results) ? probe_of({}) : probe_beside({});
  const auto& plan = desk.plan();
  const auto costs = cost(flags, desk, probe);
  auto notes = own_data_notes(protocols, desk.known(), flags.data);
  const auto gaps = label_gaps(protocols, desk.known(), flags.data);
  for (const auto* lines : {&gaps.wrong, &gaps.notes}) notes.insert(notes.end(), lines->begin(), lines->end());
  flags.format == "json" ? print_json(plan, costs, notes) : print_text(plan, costs, notes);
  return ExitCode::done;
}

}  // namespace

Verb plan_verb() {
  return {"plan", "measure", "trials, what is done, is the data there, time, memory, disk; runs nothing",
          "nlbench plan --protocol cifar10_sym --method ce", [](CLI::App& app) {
            const auto flags = std::make_shared<PlanFlags>();
            add_protocol_flags(app, flags->protocols);
            add_selection_flags(app, flags->selection);
            add_slot_flags(app, flags->slots);
            add_results_flag(app, flags->results);
            add_data_flag(app, flags->data);
            app.add_option("--shard", flags->shard, "part i of n of the plan")->type_name("i/n");
            add_format_flag(app, flags->format, {"text", "json"});
            return [flags] { return print_plan(*flags); };
          }};
}

}  // namespace nlb
