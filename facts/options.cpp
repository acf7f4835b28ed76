#include "facts/options.h"

#include <algorithm>
#include <cmath>

namespace nlb {
namespace {

using Type = OptionFacts::Type;

const std::vector<std::string> kTypeWords = {"number", "integer", "boolean", "word", "numbers", "integers", "text"};

bool has_bounds(Type type) { return type != Type::boolean && type != Type::word && type != Type::text; }

const OptionFacts* find_option(const std::vector<OptionFacts>& options, const std::string& name) {
  const auto found =
      std::find_if(options.begin(), options.end(), [&](const auto& option) { return option.name == name; });
  return found == options.end() ? nullptr : &*found;
}

OptionFacts read_option(const JsonNode& node) {
  ObjectReader reader(node);
  OptionFacts option;
  option.name = reader.text("name");
  const auto word = reader.one_of("type", kTypeWords);
  option.type = static_cast<Type>(std::find(kTypeWords.begin(), kTypeWords.end(), word) - kTypeWords.begin());
  option.doc = reader.text("doc");
  if (has_bounds(option.type)) {
    option.range = read_range(reader);
    option.unit = reader.text("unit");
  }
  if (option.type == Type::word) {
    for (const auto& item : reader.at("words").items()) option.words.push_back(item.text());
    if (option.words.empty()) node.problem("a word needs \"words\" to choose from");
  }
  if (const auto optional = reader.find("optional")) option.optional = optional->boolean();
  option.with = reader.text_or("with", "");
  reader.find("absent");  // facts/option_rules.h
  reader.close();
  return option;
}

/// The whole numbers that `range` contains, as integer() wants them.
std::pair<int64_t, int64_t> whole_bounds(const Range& range) {
  auto low = std::numeric_limits<int64_t>::min();
  auto high = std::numeric_limits<int64_t>::max();
  if (std::isfinite(range.low)) {
    const double first = std::ceil(range.low);
    low = static_cast<int64_t>(first) + (range.low_open && first == range.low ? 1 : 0);
  }
  if (std::isfinite(range.high)) {
    const double last = std::floor(range.high);
    high = static_cast<int64_t>(last) - (range.high_open && last == range.high ? 1 : 0);
  }
  return {low, high};
}

int64_t read_integer(const JsonNode& node, const Range& range) {
  const auto [low, high] = whole_bounds(range);
  return node.integer(low, high);
}

Json read_value(const JsonNode& node, const OptionFacts& option) {
  Json list = Json::array();
  switch (option.type) {
    case Type::number:
      return node.number(option.range);
    case Type::integer:
      return read_integer(node, option.range);
    case Type::boolean:
      return node.boolean();
    case Type::word:
      return node.one_of(option.words);
    case Type::text:
      return node.text();
    case Type::numbers:
      for (const auto& item : node.items()) list.push_back(item.number(option.range));
      return list;
    case Type::integers:
      break;
  }
  for (const auto& item : node.items()) list.push_back(read_integer(item, option.range));
  return list;
}

}  // namespace

Range read_range(ObjectReader& reader) {
  Range range;
  for (const bool open : {false, true}) {
    if (const auto low = reader.find(open ? "above" : "at_least")) {
      range.low = low->number();
      range.low_open = open;
    }
    if (const auto high = reader.find(open ? "below" : "at_most")) {
      range.high = high->number();
      range.high_open = open;
    }
  }
  if (range.low > range.high) reader.node().problem("bounds " + range.text() + " contain nothing");
  return range;
}

std::vector<OptionFacts> read_option_facts(const JsonNode& node) {
  std::vector<OptionFacts> options;
  for (const auto& item : node.items()) {
    auto option = read_option(item);
    if (find_option(options, option.name) != nullptr) item.problem("option \"" + option.name + "\" occurs twice");
    const auto* partner = find_option(options, option.with);
    if (!option.with.empty() && (partner == nullptr || !partner->optional)) {
      item.problem("\"with\" names \"" + option.with + "\", which is not an optional option above this one");
    }
    options.push_back(std::move(option));
  }
  return options;
}

Json read_options(const JsonNode& node, const std::vector<OptionFacts>& options) {
  ObjectReader reader(node);
  Json read = Json::object();
  for (const auto& option : options) {
    if (!option.with.empty() && !read.contains(option.with)) {
      if (const auto alone = reader.find(option.name)) alone->problem("only together with \"" + option.with + "\"");
      continue;
    }
    if (option.optional && !reader.has(option.name)) continue;
    read[option.name] = read_value(reader.at(option.name), option);
  }
  reader.close();
  return read;
}

}  // namespace nlb
