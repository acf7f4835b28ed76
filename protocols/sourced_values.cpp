#include "protocols/sourced_values.h"

namespace nlb {
namespace {

void add_leaves(const Json& value, const std::string& pointer, const std::map<std::string, std::string>& sources,
                const std::string& outer, std::vector<SourcedValue>& leaves) {
  const auto own = sources.find(pointer);
  const std::string& source = own == sources.end() ? outer : own->second;
  if (!value.is_object() || value.empty()) {
    leaves.push_back({pointer, value.is_string() ? value.get<std::string>() : canonical_text(value), source});
    return;
  }
  for (const auto& [key, member] : value.items()) add_leaves(member, pointer + "/" + key, sources, source, leaves);
}

}  // namespace

std::vector<SourcedValue> sourced_values(const TrialSpec& spec, const std::map<std::string, std::string>& sources) {
  std::vector<SourcedValue> leaves;
  add_leaves(to_json(spec), "", sources, "", leaves);
  return leaves;
}

}  // namespace nlb
