// cli/kept.h -- files that `run --keep` stored beside the records of trials: whether they are there, and how to get
// them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"

namespace nlb {

/// <folder>/<trial id>/<name> in the first folder that has it.
std::optional<std::filesystem::path> find_kept(const std::vector<std::filesystem::path>& folders,
                                               const std::string& trial_id, const std::string& name);

/// "nlbench run --protocol quickstart --row ce --noise 0.4 --seed 1 --keep samples": runs that trial alone.
/// `protocols`: as the user named them.
std::string keeping_command(const Trial& trial, const ProtocolFlags& protocols, const std::string& what);

}  // namespace nlb
