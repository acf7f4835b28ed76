// protocols/parse.h -- the parts of parse_protocol, in the order of a file. Each adds its problems and reads on.
#pragma once

#include <set>

#include "core/text.h"
#include "protocols/protocol.h"
#include "protocols/sources.h"
#include "protocols/spec_parts.h"

namespace nlb {

struct NamedRecipe {
  Json json;  ///< without its source, what changes are applied to
  RecipeSpec spec;
  SourceMap sources;
};

struct NamedNet {
  NetSpec spec;
  SourceMap sources;
};

struct FrozenDraws {
  std::map<std::string, uint64_t> values;
  SourceMap sources;
};

/// What the top of a file says about all its groups.
struct ParseContext {
  const Facts& facts;
  std::map<std::string, NamedRecipe> recipes;
  std::map<std::string, NamedNet> nets;
  std::vector<std::string> seeds;
  FrozenDraws frozen;
};

/// A group while its rows are read.
struct GroupContext {
  const ParseContext& file;
  const DatasetFacts* dataset = nullptr;
  std::optional<NamedNet> net;
  std::optional<NamedRecipe> recipe;
  Group group;
};

/// `{rate}` becomes 0.4 and `{percent}` 40.
std::string filled(std::string text, double rate);
std::vector<std::string> read_texts(const JsonNode& node);
/// {"noise": 1, ..., "source": ...}; nothing frozen when `node` is absent.
FrozenDraws read_frozen(const std::optional<JsonNode>& node);
/// An object {id, options, initialisation, source}.
NamedNet read_net(const JsonNode& node, const Facts& facts);
/// The same, or the name of a net of the file: nullopt and a problem where it has none.
std::optional<NamedNet> read_net_or_name(const JsonNode& node, const ParseContext& file);
NamedRecipe read_named_recipe(const JsonNode& node);

Group read_group(const JsonNode& node, const ParseContext& file);
std::vector<Setting> read_settings(const JsonNode& node, const ParseContext& file, const FrozenDraws& of_group);
std::vector<Column> read_columns(const std::optional<JsonNode>& node, const std::vector<Setting>& settings);
Row read_row(const JsonNode& node, const GroupContext& context);
/// "95.0", "95.0±3.5 %": value, decimals and deviation of digits as printed; nothing where they are no number.
std::optional<PublishedValue> read_printed(const std::string& printed);
std::vector<PublishedValue> read_published(const JsonNode& node, const Group& group);

/// Names become file names, anchors and words of a shell: letters, digits and _ . + - (and `also`). Adds a problem.
void check_name(const JsonNode& node, const std::string& name, const std::string& also = "");
/// Adds a problem when `name` stands in `seen` already.
void check_new(const JsonNode& node, std::set<std::string>& seen, const char* what, const std::string& name);
/// `no <what> "<name>"; nearest is "..." (<where>)`.
std::string unknown_name(const std::string& what, const std::string& name, const std::vector<std::string>& known,
                         const std::string& where);

template <typename Value>
std::vector<std::string> names_of(const std::map<std::string, Value>& all) {
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const auto& [name, value] : all) names.push_back(name);
  return names;
}

/// The entry that `node` names, or nullptr and a problem.
template <typename Value>
const Value* named_by(const JsonNode& node, const std::map<std::string, Value>& all, const std::string& what,
                      const std::string& where) {
  const auto name = node.text();
  const auto found = all.find(name);
  if (found != all.end()) return &found->second;
  if (node.is_string()) node.problem(unknown_name(what, name, names_of(all), where));
  return nullptr;
}

}  // namespace nlb
