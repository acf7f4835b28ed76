#include "protocols/protocol.h"

#include <algorithm>
#include <set>

#include "core/json_parse.h"
#include "core/sha256.h"
#include "core/text.h"
#include "protocols/library.h"

namespace nlb {
namespace {

template <typename Item, typename Key>
const Item& find_by(const std::vector<Item>& items, Key Item::*key, const std::string& name, const char* what) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.*key == name; });
  NLB_CHECK(found != items.end(), std::string("no ") + what + " \"" + name + "\"");
  return *found;
}

std::filesystem::path file_of(const std::filesystem::path& folder, const std::string& id) {
  return folder / (id + ".json");
}

}  // namespace

const NetSpec& Row::net_at(const std::string& setting) const {
  const auto changed = net_per_level.find(setting);
  return changed == net_per_level.end() ? net : changed->second;
}

const Setting& Group::setting(const std::string& name) const {
  return find_by(settings, &Setting::name, name, "setting");
}
const Column& Group::column(const std::string& name) const { return find_by(columns, &Column::id, name, "column"); }
const Row& Group::row(const std::string& name) const { return find_by(rows, &Row::id, name, "row"); }
const Group& Protocol::group(const std::string& name) const { return find_by(groups, &Group::id, name, "group"); }

namespace {

/// The text of a protocol file; of one that is `like` another beside it, the other's with this one's values in place of
/// its own (RFC 7396: null takes a key away).
std::string whole_text(const std::filesystem::path& path) {
  const auto text = read_json_text(path);
  auto own = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!own.is_object() || !own.contains("like")) return text;
  const auto place = path.string() + ": /like: ";
  if (!own["like"].is_string()) throw InputError(place + "is not a text; write the id of a protocol in this folder");
  const auto id = own["like"].get<std::string>();
  const auto other = path.parent_path() / (id + ".json");
  if (id.find('/') != std::string::npos || !std::filesystem::is_regular_file(other)) {
    throw InputError(place + "\"" + id + "\": there is no " + other.string());
  }
  auto merged = Json::parse(read_json_text(other), nullptr, /*allow_exceptions=*/false);
  if (!merged.is_object()) throw InputError(place + other.string() + " is not an object");
  if (merged.contains("like")) throw InputError(place + "\"" + id + "\" is itself like another; name that one");
  own.erase("like");
  merged.merge_patch(own);
  return merged.dump();
}

}  // namespace

Protocol read_protocol(const std::filesystem::path& path, const Facts& facts,
                       const std::vector<std::filesystem::path>& folders) {
  Problems problems;
  const auto text = whole_text(path);
  const auto root = JsonNode::parse(text, path.string(), problems);
  const auto raw = root.raw();
  const auto stem = path.stem().string();
  if (raw.is_object() && raw.contains("id") && raw["id"].is_string() && raw["id"] != stem) {
    problems.add(root.file() + ": /id",
                 "\"" + raw["id"].get<std::string>() + "\"; the file's name says \"" + stem + "\"");
  }
  std::vector<std::filesystem::path> looked_up = {path.parent_path()};
  looked_up.insert(looked_up.end(), folders.begin(), folders.end());
  Library library(std::move(looked_up), problems, facts);
  auto protocol = parse_protocol(root, facts, library);
  protocol.content_digest = hex(sha256(text + library.texts()));
  return protocol;
}

Protocol read_protocol(const std::filesystem::path& path, const Facts& facts) { return read_protocol(path, facts, {}); }

ProtocolShelf::ProtocolShelf(std::vector<std::filesystem::path> folders) : folders_(std::move(folders)) {}

Protocol ProtocolShelf::find(const std::string& id_or_path, const Facts& facts) const {
  if (std::filesystem::is_regular_file(id_or_path)) return read_protocol(id_or_path, facts, folders_);
  std::vector<std::filesystem::path> found;
  for (const auto& folder : folders_) {
    const auto path = file_of(folder, id_or_path);
    if (std::filesystem::is_regular_file(path)) found.push_back(path);
  }
  if (found.empty()) {
    if (std::filesystem::path(id_or_path).extension() == ".json") throw InputError(id_or_path + ": no such file");
    const auto known = ids();
    const auto near = nearest(id_or_path, known);
    throw InputError("no protocol \"" + id_or_path + "\"" + (near ? "; nearest is \"" + *near + "\"" : "") +
                     " (nlbench list protocols)");
  }
  auto protocol = read_protocol(found.front(), facts, folders_);
  for (size_t i = 1; i < found.size(); ++i) {
    const auto& other = found[i];
    if (read_protocol(other, facts, folders_).content_digest != protocol.content_digest) {
      throw InputError("protocol \"" + id_or_path +
                       "\" is there twice with different content: " + found.front().string() + " and " +
                       other.string() + "; name one by its path, or give the changed copy an id of its own");
    }
  }
  return protocol;
}

std::vector<std::string> ProtocolShelf::ids() const {
  std::set<std::string> ids;
  for (const auto& folder : folders_) {
    std::error_code missing;
    for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
      if (entry.is_regular_file() && entry.path().extension() == ".json") ids.insert(entry.path().stem().string());
    }
  }
  return {ids.begin(), ids.end()};
}

}  // namespace nlb
