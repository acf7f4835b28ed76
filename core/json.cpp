#include "core/json.h"

#include <algorithm>
#include <cmath>

#include "core/json_parse.h"
#include "core/text.h"

namespace nlb {

struct JsonNode::Document {
  std::string file;
  nlohmann::ordered_json root;
  Problems* problems;
};

namespace {

/// Stands for every missing key, so that reading on from one adds no second problem.
const nlohmann::ordered_json kMissing;

/// The value as a message shows it.
std::string shown(const nlohmann::ordered_json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  if (value.is_number_float()) return shortest(value.get<double>());
  if (!value.is_string()) return value.dump();
  const auto& text = value.get_ref<const std::string&>();
  constexpr size_t kLongest = 60;
  if (text.size() <= kLongest) return value.dump();
  size_t end = kLongest;
  while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // never inside a UTF-8 character
  return nlohmann::ordered_json(text.substr(0, end) + "...").dump();
}

std::string quoted(const std::string& word) { return nlohmann::json(word).dump(); }

/// `"co_teachng"; nearest is "co_teaching"; `, or without the middle part.
std::string nearest_hint(const std::string& word, const std::vector<std::string>& allowed) {
  const auto near = nearest(word, allowed);
  return near ? "nearest is " + quoted(*near) + "; " : "";
}

std::optional<int64_t> whole(const nlohmann::ordered_json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<uint64_t>();
    if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
    return static_cast<int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<int64_t>();
  if (!value.is_number_float()) return std::nullopt;
  const auto number = value.get<double>();
  if (number != std::trunc(number) || std::abs(number) >= 0x1p63) return std::nullopt;
  return static_cast<int64_t>(number);
}

std::string bounds_text(int64_t low, int64_t high) {
  const bool no_low = low == std::numeric_limits<int64_t>::min();
  const bool no_high = high == std::numeric_limits<int64_t>::max();
  if (no_low && no_high) return "";
  return " in " + (no_low ? std::string("(-inf") : "[" + std::to_string(low)) + ", " +
         (no_high ? std::string("inf)") : std::to_string(high) + "]");
}

}  // namespace

bool Range::contains(double value) const {
  const bool above = low_open ? value > low : value >= low;
  const bool below = high_open ? value < high : value <= high;
  return above && below;  // both false for NaN
}

std::string Range::text() const {
  const bool open_left = low_open || std::isinf(low);
  const bool open_right = high_open || std::isinf(high);
  return (open_left ? "(" : "[") + shortest(low) + ", " + shortest(high) + (open_right ? ")" : "]");
}

JsonNode::JsonNode(std::shared_ptr<Document> document, const nlohmann::ordered_json* value, std::string path)
    : document_(std::move(document)), value_(value), path_(std::move(path)) {}

JsonNode JsonNode::parse(std::string_view text, const std::string& file, Problems& problems) {
  auto document = std::make_shared<Document>(Document{file, parse_json(text, file), &problems});
  const auto* root = &document->root;
  return {std::move(document), root, ""};
}

JsonNode JsonNode::read_file(const std::filesystem::path& path, Problems& problems) {
  return parse(read_json_text(path), path.string(), problems);
}

const std::string& JsonNode::file() const { return document_->file; }
bool JsonNode::is_null() const { return value_->is_null(); }
bool JsonNode::is_object() const { return value_->is_object(); }
bool JsonNode::is_array() const { return value_->is_array(); }
bool JsonNode::is_string() const { return value_->is_string(); }
bool JsonNode::is_number() const { return value_->is_number(); }
Json JsonNode::raw() const { return *value_; }
JsonNode JsonNode::holding(const Json& value) const {
  auto document = std::make_shared<Document>(Document{document_->file, value, document_->problems});
  const auto* root = &document->root;
  return {std::move(document), root, path_};
}
Problems& JsonNode::problems() const { return *document_->problems; }

void JsonNode::problem(const std::string& text) const {
  if (value_ != &kMissing) problems().add(place(), text);
}

double JsonNode::number(const Range& range) const {
  if (!is_number()) {
    problem(shown(*value_) + " is not a number; a number in " + range.text() + " is required here");
  } else if (const auto value = value_->get<double>(); range.contains(value)) {
    return value;
  } else {
    problem(shown(*value_) + " is outside " + range.text());
  }
  return std::clamp(0.0, range.low, range.high);
}

int64_t JsonNode::integer(int64_t low, int64_t high) const {
  const auto value = whole(*value_);
  if (!value) {
    problem(shown(*value_) + " is not an integer; an integer" + bounds_text(low, high) + " is required here");
  } else if (low <= *value && *value <= high) {
    return *value;
  } else {
    problem(shown(*value_) + " is outside" + bounds_text(low, high).substr(3));
  }
  return std::clamp<int64_t>(0, low, high);
}

bool JsonNode::boolean() const {
  if (value_->is_boolean()) return value_->get<bool>();
  problem(shown(*value_) + " is neither true nor false");
  return false;
}

std::string JsonNode::text() const {
  if (is_string()) return value_->get<std::string>();
  problem(shown(*value_) + " is not a text; a \"...\" is required here");
  return "";
}

std::string JsonNode::one_of(const std::vector<std::string>& allowed) const {
  NLB_CHECK(!allowed.empty(), "one_of needs words to allow");
  const std::string word = is_string() ? value_->get<std::string>() : "";
  if (is_string() && std::find(allowed.begin(), allowed.end(), word) != allowed.end()) return word;
  problem(shown(*value_) + " is not allowed; " + nearest_hint(word, allowed) + "allowed here: " + join(allowed, ", "));
  return allowed.front();
}

std::vector<JsonNode> JsonNode::items() const {
  std::vector<JsonNode> nodes;
  if (!is_array()) {
    problem(shown(*value_) + " is not an array; a [...] is required here");
    return nodes;
  }
  for (size_t i = 0; i < value_->size(); ++i) {
    nodes.push_back(JsonNode(document_, &(*value_)[i], path_ + "/" + std::to_string(i)));
  }
  return nodes;
}

std::vector<std::pair<std::string, JsonNode>> JsonNode::members() const {
  std::vector<std::pair<std::string, JsonNode>> nodes;
  if (!is_object()) {
    problem(shown(*value_) + " is not an object; a {...} is required here");
    return nodes;
  }
  for (const auto& [key, value] : value_->items()) {
    nodes.emplace_back(key, JsonNode(document_, &value, path_ + "/" + key));
  }
  return nodes;
}

ObjectReader::ObjectReader(const JsonNode& node) : node_(node) {
  if (!node_.is_object()) node_.problem(shown(*node_.value_) + " is not an object; a {...} is required here");
}

std::optional<JsonNode> ObjectReader::find(const std::string& key) {
  asked_.push_back(key);
  if (!node_.is_object()) return std::nullopt;
  const auto found = node_.value_->find(key);
  if (found == node_.value_->end()) return std::nullopt;
  return JsonNode(node_.document_, &*found, node_.path_ + "/" + key);
}

bool ObjectReader::has(const std::string& key) { return find(key).has_value(); }

JsonNode ObjectReader::at(const std::string& key) {
  if (auto found = find(key)) return *found;
  if (node_.is_object()) node_.problem("has no " + quoted(key) + "; required here");
  return {node_.document_, &kMissing, node_.path_ + "/" + key};
}

double ObjectReader::number(const std::string& key, const Range& range) { return at(key).number(range); }
int64_t ObjectReader::integer(const std::string& key, int64_t low, int64_t high) { return at(key).integer(low, high); }
bool ObjectReader::boolean(const std::string& key) { return at(key).boolean(); }
std::string ObjectReader::text(const std::string& key) { return at(key).text(); }

std::string ObjectReader::text_or(const std::string& key, const std::string& fallback) {
  const auto found = find(key);
  return found ? found->text() : fallback;
}

std::string ObjectReader::one_of(const std::string& key, const std::vector<std::string>& allowed) {
  return at(key).one_of(allowed);
}

void ObjectReader::close() {
  std::sort(asked_.begin(), asked_.end());
  asked_.erase(std::unique(asked_.begin(), asked_.end()), asked_.end());
  if (!node_.is_object()) return;
  for (const auto& [key, member] : node_.members()) {
    if (std::binary_search(asked_.begin(), asked_.end(), key)) continue;
    member.problem("unknown key; " + nearest_hint(key, asked_) + "allowed here: " + join(asked_, ", "));
  }
}

}  // namespace nlb
