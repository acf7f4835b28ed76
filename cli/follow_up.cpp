#include "cli/follow_up.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "cli/lookup.h"
#include "core/shell.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

std::string& program() {
  static std::string word = "nlbench";
  return word;
}

/// Whether the same command without the flag would take this folder too.
bool goes_without_saying(const std::string& folder, const char* by_default, const char* variable, bool portable) {
  const char* set = portable ? nullptr : std::getenv(variable);
  return folder == by_default && (set == nullptr || *set == '\0');
}

}  // namespace

void set_program_word(std::string typed) { program() = std::move(typed); }

std::vector<std::string> place_words(const Places& places, bool portable) {
  std::vector<std::string> words;
  if (!places.protocols.empty()) words.insert(words.end(), {"--protocols", places.protocols});
  const bool only_default = places.results.size() == 1 &&
                            goes_without_saying(places.results.front(), kDefaultResults, "NLBENCH_RESULTS", portable);
  if (!only_default) {
    for (const auto& folder : places.results) words.insert(words.end(), {"--results", folder});
  }
  if (!places.data.empty() && !goes_without_saying(places.data, kDefaultData, "NLBENCH_DATA", portable))
    words.insert(words.end(), {"--data", places.data});
  return words;
}

std::string follow_up(std::vector<std::string> words, const Places& places) {
  const auto flags = place_words(places);
  words.insert(words.end(), flags.begin(), flags.end());
  return shell_word(program()) + " " + shell_words(words);
}

std::string protocol_word(const std::string& id, const ProtocolFlags& flags) {
  for (const auto& named : flags.ids()) {
    if (fs::is_regular_file(named) && fs::path(named).stem() == id) return named;
  }
  return id;
}

bool is_on_a_shelf(const std::string& id, const std::string& folder) {
  const auto ids = ProtocolShelf(protocol_folders(folder)).ids();
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace nlb
