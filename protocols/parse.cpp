#include "protocols/parse.h"

#include <algorithm>
#include <cctype>

#include "protocols/library.h"
#include "protocols/own_data.h"

namespace nlb {
namespace {

const std::vector<std::string> kKinds = {"table", "smoke", "mini", "quickstart", "own"};

std::vector<SeedEntry> read_seeds(const JsonNode& node) {
  std::vector<SeedEntry> seeds;
  std::set<std::string> names;
  for (const auto& item : node.items()) {
    ObjectReader reader(item);
    const auto draw = [&](const char* key) { return static_cast<uint64_t>(reader.integer(key, 0)); };
    SeedEntry entry{.name = reader.text("name"),
                    .noise = draw("noise"),
                    .split = draw("split"),
                    .init = draw("init"),
                    .train = draw("train")};
    reader.close();
    check_name(item, entry.name);
    check_new(item, names, "seed entry", entry.name);
    seeds.push_back(std::move(entry));
  }
  if (node.is_array() && seeds.empty()) node.problem("needs at least one entry");
  return seeds;
}

std::vector<int> read_looks(const std::optional<JsonNode>& node, size_t seeds) {
  std::vector<int> looks;
  if (!node) return looks;
  for (const auto& item : node->items()) {
    looks.push_back(static_cast<int>(item.integer(2, static_cast<int64_t>(seeds))));
    if (looks.size() > 1 && looks[looks.size() - 2] >= looks.back()) item.problem("looks must increase");
  }
  return looks;
}

bool is_date(const std::string& text) {
  constexpr std::string_view kForm = "dddd-dd-dd";
  return text.size() == kForm.size() && std::equal(text.begin(), text.end(), kForm.begin(), [](char found, char form) {
           return form == 'd' ? found >= '0' && found <= '9' : found == form;
         });
}

std::vector<ToleranceChange> read_changes(const JsonNode& node) {
  std::vector<ToleranceChange> changes;
  for (const auto& item : node.items()) {
    ObjectReader reader(item);
    ToleranceChange change{.date = reader.text("date"), .was = reader.text("was"), .reason = reader.text("reason")};
    if (!is_date(change.date)) reader.at("date").problem("\"" + change.date + "\" is not a date; write YYYY-MM-DD");
    if (!changes.empty() && change.date < changes.back().date)
      reader.at("date").problem("changes are listed oldest first");
    changes.push_back(std::move(change));
    reader.close();
  }
  return changes;
}

Tolerance read_tolerance(const JsonNode& node) {
  ObjectReader reader(node);
  Tolerance tolerance{.points = reader.number("points", Range::above(0)), .columns = {}, .reason = {}, .changes = {}};
  if (const auto columns = reader.find("columns")) {
    for (const auto& [column, points] : columns->members()) tolerance.columns[column] = points.number(Range::above(0));
  }
  tolerance.reason = reader.text("reason");
  if (const auto changes = reader.find("changes")) tolerance.changes = read_changes(*changes);
  reader.close();
  return tolerance;
}

void read_named(ObjectReader& reader, ParseContext& context) {
  const auto before = reader.node().problems().lines().size();
  if (const auto nets = reader.find("nets")) {
    for (const auto& [name, node] : nets->members()) context.nets[name] = read_net(node, context.facts);
  }
  if (const auto recipes = reader.find("recipes")) {
    for (const auto& [name, node] : recipes->members()) context.recipes[name] = read_named_recipe(node);
  }
  context.sound = reader.node().problems().lines().size() == before;
}

const Group* find_group(const std::vector<Group>& groups, const std::string& id) {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& group) { return group.id == id; });
  return found == groups.end() ? nullptr : &*found;
}

template <typename Named>
std::vector<std::string> ids_of(const std::vector<Named>& all) {
  std::vector<std::string> ids;
  ids.reserve(all.size());
  for (const auto& one : all) ids.push_back(one.id);
  return ids;
}

void check_id(const JsonNode& node, const std::string& id, const std::vector<std::string>& known, const char* what) {
  if (std::find(known.begin(), known.end(), id) != known.end()) return;
  node.problem(unknown_name(what, id, known, ""));
}

/// The rows and columns of a claim in one of its groups.
void check_side(const JsonNode& node, const std::string& group_id, const std::vector<std::string>& rows,
                const std::vector<std::string>& columns, const std::vector<Group>& groups) {
  const auto* group = find_group(groups, group_id);
  if (group == nullptr) return check_id(node, group_id, ids_of(groups), "group");
  for (const auto& row : rows) check_id(node, row, ids_of(group->rows), "row");
  for (const auto& column : columns) check_id(node, column, ids_of(group->columns), "column");
}

Claim read_claim(const JsonNode& node, const std::vector<Group>& groups) {
  ObjectReader reader(node);
  Claim claim{.text = reader.text("text"),
              .source = read_source(reader),
              .group = reader.text("group"),
              .better = reader.text("better"),
              .worse = reader.text_or("worse", ""),
              .worse_group = reader.text_or("worse_group", ""),
              .columns = read_texts(reader.at("columns"))};
  reader.close();
  if (claim.worse_group.empty()) claim.worse_group = claim.group;
  std::vector<std::string> rows = {claim.better};
  if (claim.worse_group == claim.group) {
    if (!claim.worse.empty()) rows.push_back(claim.worse);
  } else if (claim.worse.empty()) {
    node.problem("has a \"worse_group\" but no \"worse\": name the row there");
  } else {
    check_side(node, claim.worse_group, {claim.worse}, claim.columns, groups);
  }
  check_side(node, claim.group, rows, claim.columns, groups);
  return claim;
}

void check_tolerance(const JsonNode& root, const Protocol& protocol) {
  std::vector<std::string> columns;
  for (const auto& group : protocol.groups) {
    for (const auto& column : group.columns) columns.push_back(column.id);
  }
  for (const auto& [column, points] : protocol.tolerance.columns) {
    if (std::find(columns.begin(), columns.end(), column) == columns.end()) {
      root.problem("tolerance: " + unknown_name("column", column, columns, ""));
    }
  }
}

void read_groups(ObjectReader& reader, Protocol& protocol, const ParseContext& context) {
  std::set<std::string> ids;
  const auto node = reader.at("groups");
  for (const auto& item : node.items()) {
    protocol.groups.push_back(read_group(item, context));
    check_new(item, ids, "group", protocol.groups.back().id);
  }
  if (node.is_array() && protocol.groups.empty()) node.problem("needs at least one group");
}

void read_head(ObjectReader& reader, Protocol& protocol) {
  reader.text_or("$schema", "");  // for editors
  reader.integer("schema", 1, 1);
  protocol.id = reader.text("id");
  check_name(reader.node(), protocol.id);
  const auto kind = reader.one_of("kind", kKinds);
  protocol.kind = static_cast<Protocol::Kind>(std::find(kKinds.begin(), kKinds.end(), kind) - kKinds.begin());
  protocol.title = reader.text("title");
  protocol.summary = reader.text("summary");
  protocol.smoke_twin = reader.text_or("smoke_twin", "");
  protocol.one_recipe_twin = reader.text_or("one_recipe_twin", "");
  if (reader.has("lower_is_better")) protocol.lower_is_better = reader.boolean("lower_is_better");
  protocol.precision = reader.one_of("precision", {"fp32", "tf32", "bf16"});
  protocol.precision_source = read_source(reader, "precision_source");
  protocol.seeds = read_seeds(reader.at("seeds"));
  protocol.seeds_source = read_source(reader, "seeds_source");
  protocol.seed_looks = read_looks(reader.find("seed_looks"), protocol.seeds.size());
  protocol.tolerance = read_tolerance(reader.at("tolerance"));
}

}  // namespace

std::vector<std::string> read_texts(const JsonNode& node) {
  std::vector<std::string> texts;
  for (const auto& item : node.items()) texts.push_back(item.text());
  return texts;
}

void check_name(const JsonNode& node, const std::string& name, const std::string& also) {
  const std::string allowed = "_.+-" + also;
  const auto fits = [&](unsigned char c) {
    return (c < 0x80 && std::isalnum(c) != 0) || allowed.find(static_cast<char>(c)) != std::string::npos;
  };
  if (name.empty() || !std::all_of(name.begin(), name.end(), fits)) {
    node.problem("\"" + name + "\" is not a name; letters, digits and " + allowed + " are allowed");
  }
}

void check_new(const JsonNode& node, std::set<std::string>& seen, const char* what, const std::string& name) {
  if (!seen.insert(name).second) node.problem(std::string(what) + " \"" + name + "\" occurs twice");
}

std::string unknown_name(const std::string& what, const std::string& name, const std::vector<std::string>& known,
                         const std::string& where) {
  std::string text = "no " + what + " \"" + name + "\"";
  if (const auto near = nearest(name, known)) {
    text += "; nearest is \"" + *near + "\"";
  } else if (known.size() <= 20) {
    text += "; known: " + (known.empty() ? "none" : join(known, ", "));
  }
  return where.empty() ? text : text + " (" + where + ")";
}

void check_shared_head(ObjectReader& reader) {
  reader.text_or("$schema", "");  // for editors
  reader.integer("schema", 1, 1);
  const auto id = reader.at("id");
  const auto stem = std::filesystem::path(reader.node().file()).stem().string();
  if (id.is_string() && id.text() != stem) id.problem("\"" + id.text() + "\"; the file's name says \"" + stem + "\"");
}

Protocol parse_protocol(const JsonNode& root, const Facts& facts) {
  Library library({std::filesystem::path(root.file()).parent_path()}, root.problems(), facts);
  return parse_protocol(root, facts, library);
}

Protocol parse_protocol(const JsonNode& root, const Facts& facts, Library& library) {
  Protocol protocol;
  protocol.file = root.file();
  ObjectReader reader(root);
  read_head(reader, protocol);
  protocol.datasets = read_own_datasets(reader.find("datasets"), facts);
  const KnownFacts known(facts, std::vector<const Protocol*>{&protocol});
  ParseContext context{.facts = known.get(),
                       .library = library,
                       .recipes = {},
                       .nets = {},
                       .seeds = {},
                       .frozen = read_frozen(reader.find("frozen"))};
  for (const auto& entry : protocol.seeds) context.seeds.push_back(entry.name);
  context.groups = reader.find("groups");
  read_named(reader, context);
  read_groups(reader, protocol, context);
  check_tolerance(root, protocol);
  if (const auto claims = reader.find("claims")) {
    for (const auto& item : claims->items()) protocol.claims.push_back(read_claim(item, protocol.groups));
  }
  reader.close();
  root.problems().throw_if_any();
  return protocol;
}

}  // namespace nlb
