#include "protocols/library.h"

#include <algorithm>

#include "core/json_parse.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPublished = "published";
constexpr const char* kRecipes = "recipes";

const PublishedRow* find_row(const PublishedTable& table, const std::string& id) {
  const auto found = std::find_if(table.rows.begin(), table.rows.end(), [&](const auto& row) { return row.id == id; });
  return found == table.rows.end() ? nullptr : &*found;
}

/// The parts of "source/table/row", or nothing and a problem.
std::optional<std::vector<std::string>> parts_of(const JsonNode& place, size_t count, const char* form) {
  const auto text = place.text();
  auto parts = split(text, '/');
  const bool whole =
      parts.size() == count && std::none_of(parts.begin(), parts.end(), [](const auto& part) { return part.empty(); });
  if (whole && text.find("..") == std::string::npos) return parts;
  if (place.is_string()) place.problem("\"" + text + "\" is not of the form " + form);
  return std::nullopt;
}

/// Adds what `other` prints of the values; a value that it alone prints is a problem at `place`.
void add_prints(const JsonNode& place, const PublishedRow& other, std::vector<PublishedValue>& values) {
  for (const auto& print : other.values) {
    const auto same = std::find_if(values.begin(), values.end(), [&](const PublishedValue& value) {
      return value.column == print.column && value.rule == print.rule;
    });
    if (same == values.end()) {
      place.problem("prints a value at " + print.column + " by the rule " + print.rule +
                    " that this row does not have; a row of the other source alone is referred to by a protocol");
    } else {
      same->printed_by.push_back(print.printed_by.front());
    }
  }
}

std::string counted(size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

SharedRecipes read_shared_recipes(const JsonNode& root, const Facts& facts) {
  ObjectReader reader(root);
  check_shared_head(reader);
  reader.text_or("title", "");
  SharedRecipes shared;
  if (const auto nets = reader.find("nets")) {
    for (const auto& [name, node] : nets->members()) shared.nets[name] = read_net(node, facts);
  }
  if (const auto recipes = reader.find("recipes")) {
    for (const auto& [name, node] : recipes->members()) shared.recipes[name] = read_named_recipe(node);
  }
  reader.close();
  return shared;
}

Library::Library(std::vector<fs::path> folders, Problems& problems, const Facts& facts)
    : folders_(std::move(folders)), problems_(problems), facts_(facts) {}

std::optional<JsonNode> Library::open(const JsonNode& place, const std::string& kind, const std::string& id) {
  std::vector<std::string> looked;
  for (const auto& folder : folders_) {
    const auto path = folder / kind / (id + ".json");
    if (fs::is_regular_file(path)) {
      auto text = read_json_text(path);
      auto node = JsonNode::parse(text, path.string(), problems_);
      texts_[kind + "/" + id] = std::move(text);
      return node;
    }
    looked.push_back(path.string());
  }
  place.problem("\"" + place.text() + "\": there is no " + join(looked, ", nor ") +
                "; a protocol that is copied elsewhere needs the folder " + kind + " beside it");
  return std::nullopt;
}

const std::map<std::string, PublishedTable>* Library::published(const JsonNode& place, const std::string& id) {
  if (const auto known = published_.find(id); known != published_.end()) return &known->second;
  const auto root = open(place, kPublished, id);
  if (!root) return nullptr;
  return &(published_[id] = read_published_file(*root, facts_));
}

const SharedRecipes* Library::shared(const JsonNode& place, const std::string& id) {
  if (const auto known = shared_.find(id); known != shared_.end()) return &known->second;
  const auto root = open(place, kRecipes, id);
  if (!root) return nullptr;
  return &(shared_[id] = read_shared_recipes(*root, facts_));
}

const PublishedRow* Library::row(const JsonNode& place) {
  const auto parts = parts_of(place, 3, "source/table/row");
  if (!parts) return nullptr;
  const auto* tables = published(place, (*parts)[0]);
  if (tables == nullptr) return nullptr;
  const auto where = "published/" + (*parts)[0] + ".json";
  const auto table = tables->find((*parts)[1]);
  if (table == tables->end()) {
    place.problem(unknown_name("table", (*parts)[1], names_of(*tables), where));
    return nullptr;
  }
  const auto* row = find_row(table->second, (*parts)[2]);
  if (row != nullptr) return row;
  std::vector<std::string> known;
  for (const auto& one : table->second.rows) known.push_back(one.id);
  place.problem(unknown_name("row", (*parts)[2], known, where + ", table " + (*parts)[1]));
  return nullptr;
}

const PublishedTable* Library::table(const JsonNode& place) {
  const auto parts = parts_of(place, 2, "source/table");
  if (!parts) return nullptr;
  const auto* tables = published(place, (*parts)[0]);
  if (tables == nullptr) return nullptr;
  const auto found = tables->find((*parts)[1]);
  if (found == tables->end()) {
    place.problem(unknown_name("table", (*parts)[1], names_of(*tables), "published/" + (*parts)[0] + ".json"));
    return nullptr;
  }
  if (found->second.group) return &found->second;
  place.problem("\"" + place.text() +
                "\" has no \"group\", so it is not a group of a protocol; name its rows one by one");
  return nullptr;
}

std::vector<PublishedValue> Library::values(const PublishedRow& row) {
  auto values = row.values;
  for (const auto& place : row.also) {
    if (const auto* other = this->row(place)) add_prints(place, *other, values);
  }
  return values;
}

const NamedRecipe* Library::recipe(const JsonNode& place) {
  const auto parts = parts_of(place, 2, "code/recipe");
  const auto* file = parts ? shared(place, (*parts)[0]) : nullptr;
  if (file == nullptr) return nullptr;
  const auto found = file->recipes.find((*parts)[1]);
  if (found != file->recipes.end()) return &found->second;
  place.problem(unknown_name("recipe", (*parts)[1], names_of(file->recipes), "recipes/" + (*parts)[0] + ".json"));
  return nullptr;
}

const NamedNet* Library::net(const JsonNode& place) {
  const auto parts = parts_of(place, 2, "code/net");
  const auto* file = parts ? shared(place, (*parts)[0]) : nullptr;
  if (file == nullptr) return nullptr;
  const auto found = file->nets.find((*parts)[1]);
  if (found != file->nets.end()) return &found->second;
  place.problem(unknown_name("net", (*parts)[1], names_of(file->nets), "recipes/" + (*parts)[0] + ".json"));
  return nullptr;
}

std::string Library::texts() const {
  std::string all;
  for (const auto& [name, text] : texts_) all += text;
  return all;
}

bool is_place(const JsonNode& name) { return name.is_string() && name.text().find('/') != std::string::npos; }

bool is_library_file(const fs::path& path) {
  const auto folder = fs::absolute(path).lexically_normal().parent_path().filename();
  return path.extension() == ".json" && (folder == kPublished || folder == kRecipes);
}

std::vector<fs::path> library_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto* kind : {kPublished, kRecipes}) {
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(folder / kind, missing)) {
      if (entry.is_regular_file() && entry.path().extension() == ".json") files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string check_library_file(const fs::path& path, const Facts& facts) {
  Problems problems;
  const auto root = JsonNode::read_file(path, problems);
  const auto folder = fs::absolute(path).lexically_normal().parent_path();
  Library library({folder.parent_path()}, problems, facts);
  std::string words;
  if (folder.filename() == kRecipes) {
    const auto shared = read_shared_recipes(root, facts);
    words = counted(shared.nets.size(), "net") + ", " + counted(shared.recipes.size(), "recipe");
  } else {
    size_t rows = 0, values = 0;
    const auto tables = read_published_file(root, facts);
    const ParseContext context{
        .facts = facts, .library = library, .recipes = {}, .nets = {}, .seeds = {}, .frozen = {}};
    for (const auto& [id, table] : tables) {
      if (table.group) read_published_group(table, context);
      rows += table.rows.size();
      for (const auto& row : table.rows) values += library.values(row).size();
    }
    words = counted(tables.size(), "table") + ", " + counted(rows, "row") + ", " + counted(values, "value");
  }
  problems.throw_if_any();
  return words;
}

}  // namespace nlb
