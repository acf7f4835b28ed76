#include <algorithm>
#include <charconv>

#include "protocols/parse.h"

namespace nlb {
namespace {

const std::vector<std::string> kSourceKinds = {"seed", "repo", "page", "paper-recalled"};
const std::vector<std::string> kRules = {"last",         "mean_last_10", "last_or_mean_last_10",
                                         "best_on_test", "best_on_val",  "unknown"};

/// "95.0", "95.0±3.5": value, digits behind the point, deviation.
struct Digits {
  double value = 0;
  int decimals = 0;
  std::optional<double> deviation;
};

/// Reads a number at the start of `text` and drops it.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

std::optional<Digits> read_digits(std::string_view text) {
  Digits digits;
  const auto whole = text;
  const auto value = take_number(text);
  if (!value) return std::nullopt;
  digits.value = *value;
  const auto number = whole.substr(0, whole.size() - text.size());
  if (const auto point = number.find('.'); point != std::string_view::npos) {
    digits.decimals = static_cast<int>(number.size() - point - 1);
  }
  constexpr std::string_view kPlusMinus = "±";
  if (text.substr(0, kPlusMinus.size()) == kPlusMinus) {
    text.remove_prefix(kPlusMinus.size());
    digits.deviation = take_number(text);
    if (!digits.deviation) return std::nullopt;
  }
  return text.find_first_not_of("*%") == std::string_view::npos ? std::optional(digits) : std::nullopt;
}

/// Fields that all values of one block share.
PublishedValue read_shared(ObjectReader& reader) {
  PublishedValue value;
  value.rule = reader.one_of("rule", kRules);
  value.kind = reader.one_of("kind", kSourceKinds);
  if (reader.has("runs")) value.runs = static_cast<int>(reader.integer("runs", 1, 100'000));
  value.varied = reader.text_or("varied", "");
  if (const auto shared = reader.find("shared")) {
    for (const auto& draw : shared->items()) value.shared.push_back(draw.one_of({"noise", "split", "init", "train"}));
  }
  if (reader.has("deviation_kind")) {
    value.deviation_kind = reader.one_of("deviation_kind", {"standard_deviation", "standard_error", "unknown"});
  }
  value.difference = reader.text_or("difference", "");
  value.note = reader.text_or("note", "");
  if (const auto conditions = reader.find("conditions")) {
    static const std::vector<std::string> kAllowed = {"network", "schedule", "noise_variant", "trusted_labels"};
    ObjectReader said(*conditions);
    for (const auto& key : kAllowed) {
      if (said.has(key)) value.conditions[key] = said.text(key);
    }
    said.close();
  }
  return value;
}

/// Digits as printed, or an object where these do not say it all.
void read_value(const JsonNode& node, const std::string& source, PublishedValue& value) {
  std::string printed;
  std::optional<ObjectReader> reader;
  if (node.is_object()) {
    reader.emplace(node);
    printed = reader->text("printed");
  } else {
    printed = node.text();
  }
  if (const auto digits = read_digits(printed)) {
    value.value = digits->value;
    value.decimals = digits->decimals;
    value.deviation = digits->deviation;
  } else if (!(reader && reader->has("value"))) {
    node.problem("\"" + printed +
                 "\" is not a number as printed (91.2 or 91.2±0.3); else {\"printed\": ..., \"value\": ...}");
  }
  value.printed_by.push_back({.source = source, .printed = printed, .kind = value.kind});
  if (!reader) return;
  if (reader->has("value")) value.value = reader->number("value", Range::between(0, 100));
  if (reader->has("decimals")) value.decimals = static_cast<int>(reader->integer("decimals", 0, 6));
  if (reader->has("low")) value.low = reader->number("low", Range::between(0, value.value));
  if (reader->has("high")) value.high = reader->number("high", Range::between(value.value, 100));
  if (reader->has("deviation")) value.deviation = reader->number("deviation", Range::at_least(0));
  value.difference = reader->text_or("difference", value.difference);
  value.note = reader->text_or("note", value.note);
  reader->close();
}

void check_column(const JsonNode& node, const std::string& column, const Group& group) {
  std::vector<std::string> known;
  for (const auto& one : group.columns) known.push_back(one.id);
  if (std::find(known.begin(), known.end(), column) == known.end())
    node.problem(unknown_name("column", column, known, ""));
}

/// Another place that prints some of the block's values.
void read_also(const JsonNode& node, std::vector<PublishedValue>& values) {
  ObjectReader reader(node);
  const auto source = read_source(reader);
  const auto kind = reader.one_of("kind", kSourceKinds);
  for (const auto& [column, printed] : reader.at("values").members()) {
    const auto& name = column;
    const auto found =
        std::find_if(values.begin(), values.end(), [&](const auto& value) { return value.column == name; });
    if (found == values.end()) {
      printed.problem("prints a column that the block has no value for");
    } else {
      found->printed_by.push_back({.source = source, .printed = printed.text(), .kind = kind});
    }
  }
  reader.close();
}

std::vector<PublishedValue> read_block(const JsonNode& node, const Group& group) {
  ObjectReader reader(node);
  const auto shared = read_shared(reader);
  const auto source = read_source(reader);
  std::vector<PublishedValue> values;
  for (const auto& [column, printed] : reader.at("values").members()) {
    check_column(printed, column, group);
    values.push_back(shared);
    values.back().column = column;
    read_value(printed, source, values.back());
    if (values.back().deviation && shared.deviation_kind.empty()) {
      node.problem("prints a deviation; say its \"deviation_kind\": standard_deviation, standard_error or unknown");
    }
  }
  if (const auto also = reader.find("also")) {
    for (const auto& item : also->items()) read_also(item, values);
  }
  reader.close();
  return values;
}

}  // namespace

std::optional<PublishedValue> read_printed(const std::string& printed) {
  const auto digits = read_digits(printed);
  if (!digits) return std::nullopt;
  PublishedValue value;
  value.value = digits->value;
  value.decimals = digits->decimals;
  value.deviation = digits->deviation;
  if (value.deviation) value.deviation_kind = "unknown";
  return value;
}

std::vector<PublishedValue> read_published(const JsonNode& node, const Group& group) {
  std::vector<PublishedValue> all;
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& item : node.items()) {
    for (auto& value : read_block(item, group)) {
      if (!seen.insert({value.column, value.rule}).second) {
        item.problem("column \"" + value.column + "\" has a second value by the rule " + value.rule +
                     "; list it under \"also\", or give a range with \"high\"");
      }
      all.push_back(std::move(value));
    }
  }
  return all;
}

}  // namespace nlb
