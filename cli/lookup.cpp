#include "cli/lookup.h"

#include <algorithm>
#include <set>

#include "core/program_folder.h"
#include "supervise/standing.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

}  // namespace

std::vector<fs::path> protocol_folders(const std::string& folder) {
  std::vector<fs::path> folders;
  if (!folder.empty()) {
    if (!fs::is_directory(folder)) {
      throw InputError("--protocols " + folder + ": no such folder (from the flag or NLBENCH_PROTOCOLS)");
    }
    folders.emplace_back(folder);
  }
  const fs::path here = "protocols";
  if (fs::is_directory(here)) folders.push_back(here);
  const auto shipped = shipped_folder("protocols", "quickstart.json");
  if (shipped && !(fs::is_directory(here) && fs::equivalent(here, *shipped))) folders.push_back(*shipped);
  return folders;
}

Selection everything() {
  Selection selection;
  selection.groups = {"all"};
  return selection;
}

std::vector<std::string> readable_trials(const std::vector<Protocol>& protocols) {
  return readable_trials(protocols, make_plan(protocols, everything(), facts()));
}

std::vector<std::string> readable_trials(const std::vector<Protocol>& protocols, const Plan& whole) {
  auto ids = ids_of(whole.trials);
  for (const auto& protocol : protocols) {
    if (protocol.seed_looks.empty()) continue;
    auto all = everything();
    for (const auto& entry : protocol.seeds) all.seeds.push_back(entry.name);
    const auto further = ids_of(make_plan({protocol}, all, facts()).trials);
    ids.insert(ids.end(), further.begin(), further.end());
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::vector<Protocol> load_protocols(const ProtocolFlags& flags, const Facts& facts) {
  const auto ids = flags.ids();
  if (ids.empty()) throw InputError("no protocol named; add --protocol ID (nlbench list protocols shows them)");
  const ProtocolShelf shelf(protocol_folders(flags.folder));
  std::vector<Protocol> protocols;
  std::set<std::string> seen;
  std::string wrong;
  for (const auto& id : ids) {
    try {
      auto protocol = shelf.find(id, facts);
      if (seen.insert(protocol.id).second) protocols.push_back(std::move(protocol));
    } catch (const InputError& error) {
      wrong += (wrong.empty() ? "" : "\n") + std::string(error.what());
    }
  }
  if (!wrong.empty()) throw InputError(wrong);
  return protocols;
}

}  // namespace nlb
