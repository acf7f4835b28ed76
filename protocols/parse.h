// protocols/parse.h -- the parts of parse_protocol, in the order of a file. Each adds its problems and reads on.
#pragma once

#include <set>

#include "core/text.h"
#include "protocols/protocol.h"
#include "protocols/published.h"
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

class Library;

/// What the top of a file says about all its groups, and the files beside it that it refers to.
struct ParseContext {
  const Facts& facts;
  Library& library;
  std::map<std::string, NamedRecipe> recipes;
  std::map<std::string, NamedNet> nets;
  std::vector<std::string> seeds;
  FrozenDraws frozen;
  std::optional<JsonNode> groups = std::nullopt;  ///< of the file, for rows that are like another of its rows
  bool sound = true;  ///< nothing wrong with recipes and nets: what follows from them can be judged
};

/// A group while its rows are read.
struct GroupContext {
  const ParseContext& file;
  const DatasetFacts* dataset = nullptr;
  std::optional<NamedNet> net;
  std::optional<NamedRecipe> recipe;
  Group group;
  bool sound = true;  ///< nothing wrong with it, nor with what the file says of all groups
};

/// `{rate}` becomes 0.4 and `{percent}` 40.
std::string filled(std::string text, double rate);
std::vector<std::string> read_texts(const JsonNode& node);
/// {"noise": 1, ..., "source": ...}; nothing frozen when `node` is absent.
FrozenDraws read_frozen(const std::optional<JsonNode>& node);
/// An object {id, options, initialisation, source}.
NamedNet read_net(const JsonNode& node, const Facts& facts);
/// The same, or the name of a net of the file or of the library: nullopt and a problem where there is none.
std::optional<NamedNet> read_net_or_name(const JsonNode& node, const ParseContext& file);
NamedRecipe read_named_recipe(const JsonNode& node);
/// The recipe that `node` names, of the file or of the library: nullopt and a problem where there is none.
std::optional<NamedRecipe> recipe_named(const JsonNode& node, const ParseContext& file);
/// {"training": 0, "selection": 0}
void read_clean_labels(const JsonNode& node, Row& row);
/// "$schema", "schema" and "id" of a file that protocols share; its id is the name of the file.
void check_shared_head(ObjectReader& reader);

/// A group, or the place of a published table that is one whole.
Group read_group(const JsonNode& node, const ParseContext& file);
/// The group of a published table, all its rows published only.
Group read_published_group(const PublishedTable& table, const ParseContext& file);
std::vector<Setting> read_settings(const JsonNode& node, const ParseContext& file, const FrozenDraws& of_group);
std::vector<Column> read_columns(const std::optional<JsonNode>& node, const std::vector<Setting>& settings);
/// A row, or the place of a published one of which nothing runs.
Row read_row(const JsonNode& node, const GroupContext& context);
/// The row that a published one shows where nothing of it runs.
Row read_published_row(const JsonNode& place, const GroupContext& context);
/// "95.0", "95.0±3.5 %": value, decimals and deviation of digits as printed; nothing where they are no number.
std::optional<PublishedValue> read_printed(const std::string& printed);
/// Blocks of values, and places of published rows: {"from": place, ...} says more of their values in this row.
std::vector<PublishedValue> read_published(const JsonNode& node, const GroupContext& context);

/// Adds a problem when `column` is none of the group's.
void check_column(const JsonNode& node, const std::string& column, const Group& group);

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

/// As read_protocol; what the file refers to is looked up beside it, then in `folders`.
Protocol read_protocol(const std::filesystem::path& path, const Facts& facts,
                       const std::vector<std::filesystem::path>& folders);
/// All problems of `root`, which may refer to files of `library`, at once; no content_digest. Throws InputError.
Protocol parse_protocol(const JsonNode& root, const Facts& facts, Library& library);

}  // namespace nlb
