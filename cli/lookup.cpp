#include "cli/lookup.h"

#include "core/program_folder.h"

namespace nlb {

namespace fs = std::filesystem;

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

}  // namespace nlb
