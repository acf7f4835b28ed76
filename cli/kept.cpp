#include "cli/kept.h"

namespace nlb {

namespace fs = std::filesystem;

std::optional<fs::path> find_kept(const std::vector<fs::path>& folders, const std::string& trial_id,
                                  const std::string& name) {
  for (const auto& folder : folders) {
    if (auto path = folder / trial_id / name; fs::exists(path)) return path;
  }
  return std::nullopt;
}

std::string keeping_command(const Trial& trial, const ProtocolFlags& protocols, const std::string& what) {
  const auto& use = trial.uses.front();
  const auto named = protocols.ids();
  std::string command = "nlbench run --protocol " + (named.size() == 1 ? named.front() : use.protocol);
  if (!protocols.folder.empty()) command += " --protocols " + protocols.folder;
  if (use.group != "main") command += " --group " + use.group;
  return command + " --row " + use.row + " --noise " + use.setting + " --seed " + use.seed + " --keep " + what;
}

}  // namespace nlb
