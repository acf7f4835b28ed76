#include "protocols/plan.h"

#include <algorithm>

#include "core/parallel.h"
#include "core/text.h"
#include "protocols/own_data.h"
#include "protocols/selection.h"

namespace nlb {
namespace {

/// What of this place has no code yet, as `method "glc", net "cnn9"`.
std::string missing_parts(const Group& group, const Row& row, const Setting& setting, const Facts& facts) {
  std::vector<std::string> missing;
  const auto look = [&](const auto& known, const char* what, const std::string& id) {
    if (known.at(id).status == Status::planned) missing.push_back(std::string(what) + " \"" + id + "\"");
  };
  look(facts.methods, "method", row.method);
  look(facts.nets, "net", row.net_at(setting.name).id);
  look(facts.datasets, "data set", group.data.dataset);
  if (reads_noise(group, row, facts)) look(facts.generators, "generator", setting.noise.generator);
  if (setting.trusted && setting.trusted->dataset) look(facts.datasets, "data set", *setting.trusted->dataset);
  return join(missing, ", ");
}

/// The places of one protocol, each with a trial of its own.
class Planner {
 public:
  Planner(const Selection& selection, const Facts& facts) : selection_(selection), facts_(facts) {}

  Plan places_of(const Protocol& protocol) {
    add_published(protocol);
    // Seeds outermost: a run that is stopped early has whole tables of few seeds, not few cells of all seeds.
    for (const auto& seed : protocol.seeds) {
      for (const auto& group : protocol.groups) {
        if (!wants(selection_, protocol, group)) continue;
        for (const auto& setting : group.settings) {
          if (wants(selection_, group, setting)) add_rows(protocol, group, setting, seed);
        }
      }
    }
    return std::move(plan_);
  }

 private:
  void add_published(const Protocol& protocol) {
    for (const auto& group : protocol.groups) {
      const auto wanted = [&](const Setting& setting) { return wants(selection_, group, setting); };
      if (!wants(selection_, protocol, group)) continue;
      if (std::none_of(group.settings.begin(), group.settings.end(), wanted)) continue;
      for (const auto& row : group.rows) {
        if (row.status != Row::Status::published_only || !wants(selection_, row)) continue;
        plan_.not_planned.push_back({{protocol.id, group.id, row.id, "", ""}, "published only"});
      }
    }
  }

  void add_rows(const Protocol& protocol, const Group& group, const Setting& setting, const SeedEntry& seed) {
    for (const auto& row : group.rows) {
      const bool elsewhere = row.status == Row::Status::published_only || row.status == Row::Status::imported;
      if (elsewhere || !wants(selection_, row) || !wants(selection_, row, seed)) continue;
      if (const auto missing = missing_parts(group, row, setting, facts_); !missing.empty()) {
        plan_.not_planned.push_back(
            {{protocol.id, group.id, row.id, setting.name, seed.name}, "not built: " + missing});
      } else {
        plan_.trials.push_back(resolve_trial(protocol, group, row, setting, seed, facts_));
      }
    }
  }

  const Selection& selection_;
  const Facts& facts_;
  Plan plan_;
};

/// One plan: trials that serve several places stand at the first.
Plan merged(std::vector<Plan> parts) {
  Plan plan;
  std::map<std::string, size_t> places;  // trial id -> place in plan.trials
  for (auto& part : parts) {
    plan.not_planned.insert(plan.not_planned.end(), part.not_planned.begin(), part.not_planned.end());
    for (auto& trial : part.trials) {
      const auto [place, fresh] = places.try_emplace(trial.id, plan.trials.size());
      if (fresh) {
        plan.trials.push_back(std::move(trial));
      } else {
        plan.trials[place->second].uses.push_back(trial.uses.front());
      }
    }
  }
  return plan;
}

/// One id with two contents is an error; the same content twice is one protocol.
std::vector<const Protocol*> distinct(const std::vector<Protocol>& protocols) {
  std::vector<const Protocol*> kept;
  for (const auto& protocol : protocols) {
    bool known = false;
    for (const auto* other : kept) {
      if (other->id != protocol.id) continue;
      known = true;
      if (other->content_digest != protocol.content_digest) {
        throw InputError("protocol \"" + protocol.id + "\" is given twice with different content: " + other->file +
                         " and " + protocol.file);
      }
    }
    if (!known) kept.push_back(&protocol);
  }
  return kept;
}

/// Every n-th trial: long and short ones are spread alike.
void keep_shard(std::vector<Trial>& trials, int shard, int shards) {
  if (shards < 1 || shard < 1 || shard > shards) {
    throw InputError("shard " + std::to_string(shard) + "/" + std::to_string(shards) +
                     " does not exist; write i/n, 1 <= i <= n");
  }
  std::vector<Trial> kept;
  for (size_t i = 0; i < trials.size(); ++i) {
    if (i % static_cast<size_t>(shards) == static_cast<size_t>(shard - 1)) kept.push_back(std::move(trials[i]));
  }
  trials = std::move(kept);
}

}  // namespace

Plan make_plan(const std::vector<Protocol>& protocols, const Selection& selection, const Facts& facts) {
  const auto kept = distinct(protocols);
  const KnownFacts known(facts, kept);
  check_words(protocols, selection, known.get());
  std::vector<Plan> parts(kept.size());
  // Protocols are planned side by side, and merged in their order: the plan does not depend on threads.
  for_each_index(kept.size(), [&](size_t i) { parts[i] = Planner(selection, known.get()).places_of(*kept[i]); });
  auto plan = merged(std::move(parts));
  if (plan.trials.empty() && plan.not_planned.empty()) throw NothingSelected(nothing_left(protocols, selection));
  keep_shard(plan.trials, selection.shard, selection.shards);
  return plan;
}

}  // namespace nlb
