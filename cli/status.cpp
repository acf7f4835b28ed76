// cli/status.cpp -- nlbench status: how far a plan is, computed from records, checkpoints and claims.
#include <iostream>
#include <memory>
#include <set>

#include "cli/desk.h"
#include "cli/verb.h"
#include "core/text.h"
#include "supervise/slots.h"

namespace nlb {
namespace {

struct StatusFlags {
  ProtocolFlags protocols;
  SelectionFlags selection;
  SlotFlags slots;
  std::vector<std::string> results;
  std::string data, format;
};

constexpr Standing kStandings[] = {Standing::done,   Standing::running, Standing::interrupted,
                                   Standing::failed, Standing::skipped, Standing::open};

/// Trials with records that were run for one of the protocols, but that its plan no longer names.
std::vector<std::string> outdated_trials(Desk& desk) {
  std::set<std::string> planned, asked;
  for (const auto& trial : desk.whole().trials) planned.insert(trial.id);
  for (const auto& protocol : desk.protocols()) asked.insert(protocol.id);
  auto others = desk.stored_trials();
  std::erase_if(others, [&](const auto& id) { return planned.contains(id); });
  std::vector<std::string> outdated;
  for (const auto& [id, records] : read_records(desk.results(), others).by_trial) {
    if (asked.contains(records.front().use.protocol)) outdated.push_back(id);
  }
  return outdated;
}

struct Overview {
  std::vector<TrialStanding> standings;
  std::vector<std::string> outdated, faults;
  std::map<Standing, int64_t> counts;
  size_t not_built = 0;
  double seconds_left = 0;
  std::string origin;
};

void print_json(const Overview& overview) {
  Json json = {{"seconds_left", overview.seconds_left},
               {"time_origin", overview.origin},
               {"not_built_cells", overview.not_built},
               {"outdated", overview.outdated},
               {"determinism_faults", overview.faults},
               {"counts", Json::object()},
               {"trials", Json::array()}};
  for (const auto standing : kStandings) {
    const auto found = overview.counts.find(standing);
    json["counts"][to_text(standing)] = found == overview.counts.end() ? 0 : found->second;
  }
  for (const auto& one : overview.standings) {
    const auto& use = one.trial->uses.front();
    json["trials"].push_back({{"id", one.trial->id},
                              {"protocol", use.protocol},
                              {"group", use.group},
                              {"row", use.row},
                              {"setting", use.setting},
                              {"seed", use.seed},
                              {"state", to_text(one.standing)},
                              {"reason", one.reason}});
  }
  std::cout << json.dump(2) << "\n";
}

void print_text(const Overview& overview) {
  std::cout << overview.standings.size() << " trials\n";
  for (const auto standing : kStandings) {
    const auto found = overview.counts.find(standing);
    const std::string name = to_text(standing);
    if (found != overview.counts.end())
      std::cout << "  " << name << std::string(13 - name.size(), ' ') << found->second << "\n";
  }
  if (!overview.outdated.empty()) {
    std::cout << "  outdated     " << overview.outdated.size()
              << " (with records of earlier revisions or versions of the protocol; kept, in no table)\n";
  }
  if (overview.not_built > 0)
    std::cout << "  not built    " << overview.not_built << " cells (nlbench plan lists them)\n";
  std::set<std::string> told;
  for (const auto& one : overview.standings) {
    const bool names_itself =
        one.standing == Standing::failed || one.standing == Standing::running || one.standing == Standing::interrupted;
    if (names_itself) {
      std::cout << to_text(one.standing) << ": " << trial_name(*one.trial)
                << (one.reason.empty() ? "" : ": " + one.reason) << "\n";
    } else if (one.standing == Standing::skipped && told.insert(one.reason).second) {
      std::cout << "skipped: " << one.reason << "\n";
    }
  }
  for (const auto& fault : overview.faults) std::cout << "determinism fault: " << fault << "\n";
  if (overview.seconds_left > 0) {
    std::cout << "left: about " << duration_text(overview.seconds_left) << ", " << overview.origin << "\n";
  }
}

ExitCode print_status(StatusFlags& flags) {
  Desk desk(flags.protocols, flags.selection.selection, flags.results);
  const auto& plan = desk.plan();
  const auto& records = desk.records();
  DataCheck data(flags.data, desk.known());
  Overview overview;
  overview.standings = stand(plan, records, Store(desk.results().front(), false), data);
  overview.outdated = outdated_trials(desk);
  for (const auto& [trial, faults] : records.determinism_faults)
    overview.faults.insert(overview.faults.end(), faults.begin(), faults.end());
  overview.not_built = plan.not_planned.size();
  std::vector<TrialStanding> left;
  for (const auto& one : overview.standings) {
    ++overview.counts[one.standing];
    const bool over =
        one.standing == Standing::done || one.standing == Standing::failed || one.standing == Standing::skipped;
    if (!over) left.push_back(one);
  }
  const auto beside = desk.records_beside(plan);
  const CostModel costs(speeds(records, beside), desk.known(), false);
  overview.seconds_left = wall_seconds(make_batches(left, costs, flags.slots, {}));
  overview.origin = costs.origin();
  flags.format == "json" ? print_json(overview) : print_text(overview);
  return ExitCode::done;
}

}  // namespace

Verb status_verb() {
  return {"status", "measure", "what is done, running, interrupted, failed, skipped; time left",
          "nlbench status --protocol quickstart", [](CLI::App& app) {
            const auto flags = std::make_shared<StatusFlags>();
            add_protocol_flags(app, flags->protocols);
            add_selection_flags(app, flags->selection);
            add_slot_flags(app, flags->slots);
            add_results_flags(app, flags->results);
            add_data_flag(app, flags->data);
            add_format_flag(app, flags->format, {"text", "json"});
            return [flags] { return print_status(*flags); };
          }};
}

}  // namespace nlb
