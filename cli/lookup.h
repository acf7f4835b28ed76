// cli/lookup.h -- where protocols and the worker lie.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"

namespace nlb {

/// Where ids are looked up, in order: `folder` (--protocols or NLBENCH_PROTOCOLS; "" for none), ./protocols,
/// those that came with the program. Folders that do not exist are left out, but a `folder` that was asked for and is
/// not there is an InputError.
std::vector<std::filesystem::path> protocol_folders(const std::string& folder);

/// Takes every group.
Selection everything();

/// Ids of all trials whose records a table of these protocols may show: every group and row, and where the protocol has
/// looks every seed entry, as `run --until-decided` may have gone beyond a row's own.
/// `whole`: the plan of everything().
std::vector<std::string> readable_trials(const std::vector<Protocol>& protocols, const Plan& whole);
std::vector<std::string> readable_trials(const std::vector<Protocol>& protocols);

/// The protocols asked for, each once. Throws InputError when none was named or one is wrong (all problems at once).
std::vector<Protocol> load_protocols(const ProtocolFlags& flags, const Facts& facts);

}  // namespace nlb
