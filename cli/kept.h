// cli/kept.h -- files that `run --keep` stored beside the records of trials: whether they are there, and how to get
// them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/follow_up.h"

namespace nlb {

/// <folder>/<trial id>/<name> in the first folder that has it.
std::optional<std::filesystem::path> find_kept(const std::vector<std::filesystem::path>& folders,
                                               const std::string& trial_id, const std::string& name);

/// "nlbench run --protocol quickstart --row ce --noise 0.4 --seed 1 --keep samples": runs that trial alone.
/// `protocols`: as the user named them; their folder takes the place of that in `places`.
std::string keeping_command(const Trial& trial, const ProtocolFlags& protocols, const std::string& what, Places places);

}  // namespace nlb
