#include "protocols/sources.h"

namespace nlb {
namespace {

constexpr const char* kNoSource = " has no \"source\" (paper and table, or repository file)";

std::string source_text(const JsonNode& node) {
  auto text = node.text();
  if (node.is_string() && text.empty()) node.problem("is empty; paper and table, or repository file");
  return text;
}

}  // namespace

BlockSource::BlockSource(ObjectReader& reader) : block_(reader.node()) {
  const auto node = reader.find("source");
  if (!node) return;
  if (!node->is_object()) {
    by_key_["*"] = {source_text(*node), true};
    return;
  }
  for (const auto& [key, text] : node->members()) by_key_[key] = {source_text(text), key == "*"};
}

void BlockSource::cover(const JsonNode& value, const std::string& key, const std::string& pointer, SourceMap& found) {
  if (!value.is_object()) return cover_leaf(key, pointer, found);
  for (const auto& [name, member] : value.members()) {
    const auto tail = "/" + name;
    cover(member, std::string(key).append(tail), std::string(pointer).append(tail), found);
  }
}

void BlockSource::cover_leaf(const std::string& key, const std::string& pointer, SourceMap& found) {
  auto at = by_key_.find(key);
  for (auto end = key.rfind('/'); at == by_key_.end() && end != std::string::npos && end > 0;
       end = key.rfind('/', end - 1)) {
    at = by_key_.find(key.substr(0, end));
  }
  if (at == by_key_.end()) at = by_key_.find("*");
  if (at == by_key_.end()) return block_.problem(key + kNoSource);
  at->second.second = true;
  found[pointer] = at->second.first;
}

void BlockSource::close() {
  for (const auto& [key, entry] : by_key_) {
    if (!entry.second) block_.problem("source names \"" + key + "\", which has no value here");
  }
}

std::string read_source(ObjectReader& reader, const std::string& key) {
  const auto node = reader.find(key);
  if (node) return source_text(*node);
  const auto what = key == "source" ? std::string("this") : key.substr(0, key.rfind('_'));
  if (reader.node().is_object())
    reader.node().problem(what + " has no \"" + key + "\" (paper and table, or repository file)");
  return "";
}

}  // namespace nlb
