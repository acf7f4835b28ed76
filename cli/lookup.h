// cli/lookup.h -- where protocols lie.
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

}  // namespace nlb
