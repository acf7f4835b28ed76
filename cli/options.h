// cli/options.h -- flags that several verbs share. Each add_... declares them on a verb's CLI::App.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "protocols/plan.h"

namespace nlb {

/// --protocol (repeatable) or positional, --protocols DIR or NLBENCH_PROTOCOLS.
struct ProtocolFlags {
  std::vector<std::string> named, positional;
  std::string folder;
  std::vector<std::string> ids() const;  ///< both, in order
};
void add_protocol_flags(CLI::App& app, ProtocolFlags& flags, bool positional = true);

/// --protocols and NLBENCH_PROTOCOLS, as add_protocol_flags has it.
void add_protocols_flag(CLI::App& app, std::string& folder);

/// --method, --row, --group, --noise, --seed: each repeatable and comma-separated.
struct SelectionFlags {
  Selection selection;  ///< shards untouched
};
void add_selection_flags(CLI::App& app, SelectionFlags& flags);

/// Not "results", which held them before: in a clone that is a folder of sources.
inline constexpr const char *kDefaultResults = "nlbench-results", *kDefaultData = "data";

/// The results folder where none is named: kDefaultResults; where there is none, but ./results holds records of an
/// earlier version, that one, so that the same command still goes on where it stopped. Then it says once on standard
/// error how to move them.
std::string default_results();

/// --results of verbs that write: one folder, NLBENCH_RESULTS, default_results().
void add_results_flag(CLI::App& app, std::string& folder);
/// --results of verbs that read: repeatable. Read through results_folders(). A place that is not there is said on
/// standard error: a misspelt folder would read as "not run" in every cell.
void add_results_flags(CLI::App& app, std::vector<std::string>& folders);
std::vector<std::filesystem::path> results_folders(const std::vector<std::string>& given);

/// --data, NLBENCH_DATA, kDefaultData.
void add_data_flag(CLI::App& app, std::string& folder);
/// --format with one of `allowed`, the first being the default.
void add_format_flag(CLI::App& app, std::string& format, const std::vector<std::string>& allowed);
void add_quiet_flag(CLI::App& app, bool& quiet);

/// For CLI::Option::check: refuses other words and names the nearest.
CLI::Validator known_word(std::vector<std::string> allowed);

}  // namespace nlb
