// protocols/parse_published.cpp -- published values: digits as they are printed, by whom, and under which rule.
#include <algorithm>
#include <charconv>

#include "protocols/library.h"

namespace nlb {
namespace {

/// "95.0", "95.0±3.5": value, digits behind the point, deviation.
struct Digits {
  double value = 0;
  int decimals = 0;
  std::optional<double> deviation;
};

/// A source and its kind: a block of values says both itself.
void require_origin(ObjectReader& reader, Said& said) {
  read_origin(reader, said);
  if (!said.source) said.source = read_source(reader);
  if (!said.kind) said.kind = reader.at("kind").text();
}

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

/// Another place that prints some of the block's values.
void read_also(const JsonNode& node, std::vector<PublishedValue>& values) {
  ObjectReader reader(node);
  Said said;
  require_origin(reader, said);
  for (const auto& [column, printed] : reader.at("values").members()) {
    const auto& name = column;
    const auto found =
        std::find_if(values.begin(), values.end(), [&](const auto& value) { return value.column == name; });
    if (found == values.end()) {
      printed.problem("prints a column that the block has no value for");
    } else {
      found->printed_by.push_back({.source = *said.source, .printed = printed.text(), .kind = *said.kind});
    }
  }
  reader.close();
}

/// Values written in the protocol itself.
std::vector<PublishedValue> read_block(const JsonNode& node, const Group& group) {
  ObjectReader reader(node);
  const auto rule = reader.one_of("rule", printed_rules());
  Said said;
  require_origin(reader, said);
  read_circumstances(reader, said);
  std::vector<PublishedValue> values;
  for (const auto& [column, printed] : reader.at("values").members()) {
    check_column(printed, column, group);
    values.push_back(read_value(printed, column, rule, said));
  }
  if (const auto also = reader.find("also")) {
    for (const auto& item : also->items()) read_also(item, values);
  }
  reader.close();
  return values;
}

/// Values of the published row at `place`, with what the protocol adds to them.
std::vector<PublishedValue> referred_values(const JsonNode& place, const Said& said, const GroupContext& context) {
  const auto* row = context.file.library.row(place);
  if (row == nullptr) return {};
  auto values = context.file.library.values(*row);
  for (auto& value : values) {
    check_column(place, value.column, context.group);
    say(said, value);
  }
  return values;
}

std::vector<PublishedValue> read_item(const JsonNode& item, const GroupContext& context) {
  if (item.is_string()) return referred_values(item, {}, context);
  ObjectReader reader(item);
  const auto place = reader.find("from");
  if (!place) return read_block(item, context.group);
  Said said;
  read_circumstances(reader, said);
  reader.close();
  return referred_values(*place, said, context);
}

}  // namespace

void check_column(const JsonNode& node, const std::string& column, const Group& group) {
  std::vector<std::string> known;
  for (const auto& one : group.columns) known.push_back(one.id);
  if (std::find(known.begin(), known.end(), column) == known.end())
    node.problem(unknown_name("column", column, known, ""));
}

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

PublishedValue read_value(const JsonNode& node, const std::string& column, const std::string& rule, const Said& said) {
  PublishedValue value;
  value.column = column;
  value.rule = rule;
  say(said, value);
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
  value.printed_by.push_back({.source = said.source.value_or(""), .printed = printed, .kind = value.kind});
  if (reader) {
    if (reader->has("value")) value.value = reader->number("value", Range::between(0, 100));
    if (reader->has("decimals")) value.decimals = static_cast<int>(reader->integer("decimals", 0, 6));
    if (reader->has("low")) value.low = reader->number("low", Range::between(0, value.value));
    if (reader->has("high")) value.high = reader->number("high", Range::between(value.value, 100));
    if (reader->has("deviation")) value.deviation = reader->number("deviation", Range::at_least(0));
    value.difference = reader->text_or("difference", value.difference);
    value.note = reader->text_or("note", value.note);
    reader->close();
  }
  if (value.deviation && value.deviation_kind.empty()) {
    node.problem("prints a deviation; say its \"deviation_kind\": standard_deviation, standard_error or unknown");
  }
  return value;
}

std::vector<PublishedValue> read_published(const JsonNode& node, const GroupContext& context) {
  std::vector<PublishedValue> all;
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& item : node.items()) {
    for (auto& value : read_item(item, context)) {
      if (!seen.insert({value.column, value.rule}).second) {
        item.problem("column \"" + value.column + "\" has a second value by the rule " + value.rule +
                     "; list it under \"also\", or give a range with \"high\"");
      }
      all.push_back(std::move(value));
    }
  }
  return all;
}

Row read_published_row(const JsonNode& place, const GroupContext& context) {
  const auto* published = context.file.library.row(place);
  Row row;
  row.id = place.text();
  row.status = Row::Status::published_only;
  if (published == nullptr) return row;
  if (published->shown) {
    row = *published->shown;
  } else {
    place.problem("\"" + row.id + "\" has no \"row\", which gives the title of a row that nothing runs");
  }
  row.published = referred_values(place, {}, context);
  return row;
}

}  // namespace nlb
