#include "protocols/source_places.h"

#include <algorithm>
#include <cctype>

namespace nlb {
namespace {

bool separates(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0 || c == ',' || c == ';' || c == '(' || c == ')';
}

/// "owner/repo:path", and nothing that says where in the file.
bool is_file_without_place(const std::string& word) {
  const auto colon = word.find(':');
  if (colon == std::string::npos || colon + 1 == word.size()) return false;
  const auto slash = word.find('/');
  if (slash == 0 || slash >= colon || word.find('/', slash + 1) < colon) return false;
  if (word[colon + 1] == '/') return false;  // an address
  const auto place = word.find_first_of(":#", colon + 1);
  if (place == std::string::npos || place + 1 == word.size()) return true;
  return word[place] == ':' && std::isdigit(static_cast<unsigned char>(word[place + 1])) == 0;
}

void add(std::vector<UnplacedSource>& found, const std::string& row, const std::string& source,
         const std::string& value) {
  if (!lacks_place(source)) return;
  const auto same =
      std::find_if(found.begin(), found.end(), [&](const auto& one) { return one.row == row && one.source == source; });
  auto& values = (same == found.end() ? found.emplace_back(UnplacedSource{row, source, {}}) : *same).values;
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

}  // namespace

bool lacks_place(const std::string& source) {
  if (source.starts_with("ours")) return false;
  for (size_t begin = 0; begin < source.size();) {
    size_t end = begin;
    while (end < source.size() && !separates(source[end])) ++end;
    if (is_file_without_place(source.substr(begin, end - begin))) return true;
    begin = end + 1;
  }
  return false;
}

std::vector<UnplacedSource> unplaced_sources(const Group& group) {
  std::vector<UnplacedSource> found;
  for (const auto& row : group.rows) {
    if (row.status == Row::Status::published_only) continue;
    for (const auto& [value, source] : row.sources) add(found, row.id, source, value);
    for (const auto& [level, sources] : row.sources_per_level) {
      for (const auto& [value, source] : sources) add(found, row.id, source, value + " at " + level);
    }
  }
  return found;
}

}  // namespace nlb
