// protocols/parse_group.cpp -- a group of a protocol file: data, settings, columns and rows, checked against each
// other.
#include "protocols/library.h"

namespace nlb {
namespace {

void check_subset(const JsonNode& node, const char* key, const std::optional<SubsetSpec>& subset, int64_t images,
                  int64_t classes) {
  if (!subset) return;
  if (subset->count > images) {
    node.problem(std::string(key) + " takes " + std::to_string(subset->count) + " of " + std::to_string(images) +
                 " images");
  }
  if (subset->how == SubsetDraw::stratified && subset->count % classes != 0) {
    node.problem(std::string(key) + " takes " + std::to_string(subset->count) + " images, which is not a multiple of " +
                 std::to_string(classes) + " classes");
  }
}

const DatasetFacts* read_data_block(const JsonNode& node, const Facts& facts, Group& group) {
  ObjectReader reader(node);
  BlockSource source(reader);
  group.data = read_data(reader);
  const auto* set = named_by(reader.at("dataset"), facts.datasets, "data set", "nlbench list datasets");
  reader.close();
  if (!node.is_object()) return set;
  for (const auto& [key, member] : node.members()) {
    if (key != "source") source.cover(member, key, "/data/" + key, group.data_sources);
  }
  source.close();
  if (set == nullptr) return set;
  group.data.digest = set->digest;
  check_subset(node, "train_subset", group.data.train_subset, set->train_images, set->classes);
  check_subset(node, "test_subset", group.data.test_subset, set->test_images, set->classes);
  const auto population = group.data.train_subset ? group.data.train_subset->count : set->train_images;
  if (group.data.held_out && group.data.held_out->count >= population) {
    node.problem("held_out takes " + std::to_string(group.data.held_out->count) + " of " + std::to_string(population) +
                 " images");
  }
  return set;
}

/// `oracle_choice` is joined to one text by read_row; here its rows are known.
void check_rows(const JsonNode& node, const std::vector<Row>& rows) {
  std::set<std::string> ids;
  for (const auto& row : rows) check_new(node, ids, "row", row.id);
  const std::vector<std::string> known(ids.begin(), ids.end());
  for (const auto& row : rows) {
    if (row.oracle_choice.empty()) continue;
    for (const auto& other : split(row.oracle_choice, ' ')) {
      if (ids.count(other) == 0)
        node.problem("oracle_choice of " + row.id + ": " + unknown_name("row", other, known, ""));
    }
  }
}

/// The row "GROUP/ROW" of these groups where it is written there.
std::optional<Json> row_at(const Json& groups, const std::string& place) {
  const auto is = [](const Json& part, const char* key, const std::string& name) {
    return part.is_object() && part.contains(key) && part[key] == name;
  };
  const auto slash = place.find('/');
  if (slash == std::string::npos) return std::nullopt;
  for (const auto& group : groups) {
    if (!is(group, "id", place.substr(0, slash)) || !group.contains("rows")) continue;
    for (const auto& row : group["rows"]) {
      if (is(row, "id", place.substr(slash + 1))) return row;
    }
  }
  return std::nullopt;
}

/// The row itself; of one that is `like` another of the file, the other's with this one's values in place of its own,
/// as a protocol is like another (RFC 7396).
JsonNode whole_row(const JsonNode& node, const ParseContext& file) {
  if (!node.is_object()) return node;
  const auto like = ObjectReader(node).find("like");
  if (!like) return node;
  Json own = node.raw();
  own.erase("like");
  const auto place = like->text();
  auto whole = row_at(file.groups ? file.groups->raw() : Json::array(), place);
  if (!whole) {
    like->problem("\"" + place + "\": there is no such row; write GROUP/ROW of a row that is written in this file");
    return node.holding(own);
  }
  if (whole->contains("like")) like->problem("\"" + place + "\" is itself like another; name that one");
  whole->merge_patch(own);
  return node.holding(*whole);
}

/// All of a group but its rows.
GroupContext read_group_head(ObjectReader& reader, const ParseContext& file) {
  GroupContext context{.file = file, .dataset = nullptr, .net = std::nullopt, .recipe = std::nullopt, .group = {}};
  const auto before = reader.node().problems().lines().size();
  auto& group = context.group;
  group.id = reader.text("id");
  check_name(reader.node(), group.id);
  group.title = reader.text("title");
  group.conditions = reader.text("conditions");
  context.dataset = read_data_block(reader.at("data"), file.facts, group);
  group.settings = read_settings(reader.at("settings"), file, read_frozen(reader.find("frozen")));
  group.columns = read_columns(reader.find("columns"), group.settings);
  if (const auto net = reader.find("net")) context.net = read_net_or_name(*net, file);
  if (const auto recipe = reader.find("recipe")) context.recipe = recipe_named(*recipe, file);
  context.sound = file.sound && reader.node().problems().lines().size() == before;
  return context;
}

}  // namespace

Group read_group(const JsonNode& node, const ParseContext& file) {
  if (node.is_string()) {
    const auto* table = file.library.table(node);
    if (table != nullptr) return read_published_group(*table, file);
    Group nothing;
    nothing.id = node.text();
    return nothing;
  }
  ObjectReader reader(node);
  auto context = read_group_head(reader, file);
  const auto rows = reader.at("rows");
  for (const auto& item : rows.items()) context.group.rows.push_back(read_row(whole_row(item, file), context));
  check_rows(rows, context.group.rows);
  reader.close();
  return std::move(context.group);
}

Group read_published_group(const PublishedTable& table, const ParseContext& file) {
  ObjectReader reader(*table.group);
  auto context = read_group_head(reader, file);
  reader.close();
  for (const auto& published : table.rows) {
    if (!published.shown) {
      table.group->problem("shows the row \"" + published.id + "\", which has no \"row\" with its title");
      continue;
    }
    auto row = *published.shown;
    row.published = file.library.values(published);
    for (const auto& value : row.published) check_column(*table.group, value.column, context.group);
    context.group.rows.push_back(std::move(row));
  }
  check_rows(*table.group, context.group.rows);
  return std::move(context.group);
}

}  // namespace nlb
