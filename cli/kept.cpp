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

std::string keeping_command(const Trial& trial, const ProtocolFlags& protocols, const std::string& what,
                            Places places) {
  const auto& use = trial.uses.front();
  std::vector<std::string> words = {"run", "--protocol", protocol_word(use.protocol, protocols)};
  if (use.group != "main") words.insert(words.end(), {"--group", use.group});
  words.insert(words.end(), {"--row", use.row, "--noise", use.setting, "--seed", use.seed, "--keep", what});
  places.protocols = protocols.folder;
  return follow_up(words, places);
}

}  // namespace nlb
