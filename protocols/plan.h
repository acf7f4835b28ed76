// protocols/plan.h -- Plan: a pure function, protocols + filter -> ordered trials. No clock, no disk, no GPU.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "protocols/protocol.h"

namespace nlb {

/// What a user asked for; an empty list means all (groups: empty means `main`, "all" means all).
struct Selection {
  std::vector<std::string> methods, rows, groups, noises, seeds;
  int shard = 1, shards = 1;
};

/// Something asked for that will not run, and why: `not built: method "glc"`, or "published only" (then without setting
/// and seed).
struct NotPlanned {
  TrialUse use;
  std::string reason;
};

struct Plan {
  std::vector<Trial> trials;  ///< distinct ids, in order: protocol, seed entry, setting, row (so that early seeds
                              ///< finish whole tables first)
  std::vector<NotPlanned> not_planned;
};

/// Rows run with their own seed entries, or with exactly those asked for. A word that a protocol knows need not be
/// known to all. Throws InputError for one protocol id with two contents, and for an unknown method, row, group, noise
/// or seed (nearest named; a bare 40 suggests 0.4; `40%` is 0.4), and NothingSelected when words are known but the
/// groups asked for have none of them (names the group that does).
Plan make_plan(const std::vector<Protocol>& protocols, const Selection& selection, const Facts& facts);

/// Exit 4: words are known, but no trial is left.
class NothingSelected : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Whether noise is part of the row's trials: its method reads noisy labels, or noisy labels of a held-out part choose
/// its epoch.
bool reads_noise(const Group& group, const Row& row, const Facts& facts);

/// What trial_id() makes the id of one place of: resolve_trial without the sources.
TrialSpec resolve_spec(const Protocol& protocol, const Group& group, const Row& row, const Setting& setting,
                       const SeedEntry& seed, const Facts& facts);

/// The trial of one place, resolved: group data + setting + row (with its per-level changes) + seed entry.
Trial resolve_trial(const Protocol& protocol, const Group& group, const Row& row, const Setting& setting,
                    const SeedEntry& seed, const Facts& facts);

}  // namespace nlb
