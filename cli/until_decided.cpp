#include "cli/until_decided.h"

#include <algorithm>

#include "core/text.h"
#include "supervise/standing.h"

namespace nlb {
namespace {

bool is_open(const std::set<Place>& open, const Trial& trial) {
  return std::any_of(trial.uses.begin(), trial.uses.end(), [&](const TrialUse& use) {
    return open.contains({use.protocol, use.group, use.row, use.setting});
  });
}

}  // namespace

LookPlans::LookPlans(const std::vector<Protocol>& protocols, Selection selection)
    : protocols_(protocols), selection_(std::move(selection)) {
  if (selection_.shards > 1)
    throw InputError(
        "--until-decided with --shard: a shard sees only its part of the seeds, so it cannot look; use one of both");
  if (!selection_.seeds.empty()) throw InputError("--until-decided with --seed: the looks choose the seed entries");
  std::vector<std::string> without;
  for (const auto& protocol : protocols_) {
    if (protocol.seed_looks.empty()) without.push_back(protocol.id);
  }
  if (!without.empty())
    throw InputError("--until-decided: " + join(without, ", ") +
                     " lists no \"seed_looks\", the seed counts to look at");
}

size_t LookPlans::looks() const {
  size_t most = 0;
  for (const auto& protocol : protocols_) most = std::max(most, protocol.seed_looks.size());
  return most;
}

Plan LookPlans::plan_of(const Protocol& protocol, size_t number) const {
  auto selection = selection_;
  const auto last = std::min(number, protocol.seed_looks.size() - 1);
  for (int i = 0; i < protocol.seed_looks[last]; ++i)
    selection.seeds.push_back(protocol.seeds[static_cast<size_t>(i)].name);
  auto plan = make_plan({protocol}, selection, facts());
  if (looked_) std::erase_if(plan.trials, [&](const Trial& trial) { return !is_open(open_, trial); });
  return plan;
}

Plan LookPlans::plan(size_t number) const {
  Plan all;
  std::set<std::string> seen;
  for (const auto& protocol : protocols_) {
    auto part = plan_of(protocol, number);
    for (auto& trial : part.trials) {
      if (seen.insert(trial.id).second) all.trials.push_back(std::move(trial));
    }
    all.not_planned.insert(all.not_planned.end(), part.not_planned.begin(), part.not_planned.end());
  }
  return all;
}

size_t LookPlans::look(size_t number, const std::string& folder) {
  std::set<Place> open;
  for (const auto& protocol : protocols_) {
    const auto plan = plan_of(protocol, number);
    const auto ids = ids_of(plan.trials);
    auto records = read_records({folder}, ids);
    mark_looks(records, {ids.begin(), ids.end()}, protocol.seed_looks);
    const auto more = open_places(make_table(protocol, facts(), records, {}));
    // A place that was closed stays closed: only its trials of this look were read.
    std::copy_if(more.begin(), more.end(), std::inserter(open, open.end()),
                 [&](const Place& place) { return !looked_ || open_.contains(place); });
  }
  open_ = std::move(open);
  looked_ = true;
  return open_.size();
}

std::string LookPlans::counts_text(size_t number) const {
  std::vector<std::string> parts;
  for (const auto& protocol : protocols_) {
    const auto last = std::min(number, protocol.seed_looks.size() - 1);
    parts.push_back(std::to_string(protocol.seed_looks[last]) + " seeds" +
                    (protocols_.size() > 1 ? " (" + protocol.id + ")" : ""));
  }
  return join(parts, ", ");
}

}  // namespace nlb
