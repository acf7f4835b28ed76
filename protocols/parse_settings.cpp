// protocols/parse_settings.cpp -- settings and columns of a group, with templates that stand for several rates.
#include <algorithm>
#include <cmath>

#include "protocols/parse.h"

namespace nlb {
namespace {

double read_rate(const JsonNode& node, const Range& range) {
  const auto raw = node.raw();
  if (raw.is_number() && raw.get<double>() >= 1 && !range.contains(raw.get<double>())) {
    const double value = raw.get<double>();
    const double fraction = value >= 2 && value <= 100 ? value / 100 : 0.4;
    node.problem(shortest(value) + " is outside " + range.text() + "; write " + shortest(fraction) + " for " +
                 shortest(std::round(fraction * 1e10) / 1e8) + " %");
    return range.low;
  }
  return node.number(range);
}

/// Reads the noise of a setting; `rates` are read instead of one "rate" where the setting is a template.
NoiseSpec read_noise(const JsonNode& node, const Facts& facts, bool rate_is_given, Range& range, SourceMap& sources) {
  ObjectReader reader(node);
  BlockSource source(reader);
  NoiseSpec noise;
  const auto generator = reader.at("generator");
  const auto* known = named_by(generator, facts.generators, "generator", "nlbench list generators");
  noise.generator = generator.text();
  source.cover(generator, "generator", "/noise/generator", sources);
  if (known != nullptr) range = known->rate;
  if (rate_is_given) {
    source.cover_leaf("rate", "/noise/rate", sources);
  } else {
    const auto rate = reader.at("rate");
    noise.rate = read_rate(rate, range);
    source.cover(rate, "rate", "/noise/rate", sources);
  }
  const auto options = reader.at("options");
  if (known != nullptr) noise.options = read_options(options, known->options);
  source.cover(options, "options", "/noise/options", sources);
  source.close();
  reader.close();
  return noise;
}

TrustedSpec read_trusted_block(const JsonNode& node, const Facts& facts, SourceMap& sources) {
  ObjectReader reader(node);
  BlockSource source(reader);
  auto trusted = read_trusted(reader);
  reader.close();
  if (trusted.dataset) {
    const auto found = facts.datasets.find(*trusted.dataset);
    if (found != facts.datasets.end()) {
      trusted.digest = found->second.digest;
    } else {
      node.problem(unknown_name("data set", *trusted.dataset, names_of(facts.datasets), "nlbench list datasets"));
    }
  }
  if (!node.is_object()) return trusted;
  for (const auto& [key, member] : node.members()) {
    if (key != "source") source.cover(member, key, "/trusted/" + key, sources);
  }
  source.close();
  return trusted;
}

/// One setting, or one for each of "for_rate", called by its rate where nothing else is said.
std::vector<Setting> read_setting(const JsonNode& node, const ParseContext& file, const FrozenDraws& of_group) {
  ObjectReader reader(node);
  Setting base;
  const auto rates = reader.find("for_rate");
  const bool by_rate = rates && !reader.has("name");
  base.name = by_rate ? "{rate}" : reader.text("name");
  base.title = reader.text_or("title", by_rate ? "{percent} %" : base.name);
  const auto frozen = read_frozen(reader.find("frozen"));
  for (const auto* draws : {&file.frozen, &of_group, &frozen}) {
    for (const auto& [draw, value] : draws->values) base.frozen[draw] = value;
    for (const auto& [pointer, source] : draws->sources) base.sources[pointer] = source;
  }
  auto range = Range::half_open(0, 1);
  base.noise = read_noise(reader.at("noise"), file.facts, rates.has_value(), range, base.sources);
  if (const auto trusted = reader.find("trusted")) {
    base.trusted = read_trusted_block(*trusted, file.facts, base.sources);
  }
  reader.close();
  if (!rates) return {base};
  std::vector<Setting> settings;
  for (const auto& item : rates->items()) {
    settings.push_back(base);
    auto& setting = settings.back();
    setting.noise.rate = read_rate(item, range);
    setting.name = filled(base.name, setting.noise.rate);
    setting.title = filled(base.title, setting.noise.rate);
  }
  return settings;
}

const std::string* find_name(const std::vector<Setting>& settings, const std::string& name) {
  const auto found = std::find_if(settings.begin(), settings.end(), [&](const auto& one) { return one.name == name; });
  return found == settings.end() ? nullptr : &found->name;
}

void add_setting(const JsonNode& node, const std::string& name, const std::vector<Setting>& settings, Column& column) {
  if (find_name(settings, name) == nullptr) {
    std::vector<std::string> names;
    names.reserve(settings.size());
    for (const auto& setting : settings) names.push_back(setting.name);
    node.problem(unknown_name("setting", name, names, ""));
  }
  column.settings.push_back(name);
}

/// "settings" of a derived column: a list of names, or {"for_rate": [...], "name": "..."}, whose rates are the
/// abscissa.
void read_derived_settings(const JsonNode& node, const std::vector<Setting>& settings, Column& column) {
  if (!node.is_object()) {
    for (const auto& item : node.items()) add_setting(item, item.text(), settings, column);
    return;
  }
  ObjectReader reader(node);
  const auto name = reader.text("name");
  for (const auto& item : reader.at("for_rate").items()) {
    const double rate = item.number(Range::between(0, 1));
    add_setting(item, filled(name, rate), settings, column);
    column.abscissa.push_back(rate);
  }
  reader.close();
}

void read_derived(ObjectReader& reader, const std::vector<Setting>& settings, Column& column) {
  const bool area = reader.one_of("derived", {"mean", "error_area"}) == "error_area";
  column.kind = area ? Column::Kind::error_area : Column::Kind::mean;
  const auto node = reader.at("settings");
  read_derived_settings(node, settings, column);
  if (const auto abscissa = reader.find("abscissa")) {
    column.abscissa.clear();
    for (const auto& item : abscissa->items()) column.abscissa.push_back(item.number());
  }
  column.source = read_source(reader);
  if (!area) {
    column.abscissa.clear();
    return;
  }
  if (column.abscissa.size() != column.settings.size() || column.settings.size() < 2 ||
      std::adjacent_find(column.abscissa.begin(), column.abscissa.end(), std::greater_equal<>()) !=
          column.abscissa.end()) {
    node.problem("an area needs two settings or more and an increasing \"abscissa\", one number for each");
  }
}

Column read_column(const JsonNode& node, const std::vector<Setting>& settings) {
  ObjectReader reader(node);
  Column column;
  column.id = reader.text("id");
  column.title = reader.text_or("title", column.id);
  if (reader.has("derived")) {
    read_derived(reader, settings, column);
  } else {
    const auto setting = reader.at("setting");
    add_setting(setting, setting.text(), settings, column);
  }
  reader.close();
  check_name(node, column.id, "/");
  return column;
}

}  // namespace

std::string filled(std::string text, double rate) {
  const double percent = std::round(rate * 1e10) / 1e8;  // 0.07 * 100 is not 7
  for (const auto& [mark, value] : {std::pair{std::string("{rate}"), rate}, {std::string("{percent}"), percent}}) {
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
      text.replace(at, mark.size(), shortest(value));
    }
  }
  return text;
}

std::vector<Setting> read_settings(const JsonNode& node, const ParseContext& file, const FrozenDraws& of_group) {
  std::vector<Setting> settings;
  std::set<std::string> names;
  for (const auto& item : node.items()) {
    for (auto& setting : read_setting(item, file, of_group)) {
      check_name(item, setting.name, "/");
      check_new(item, names, "setting", setting.name);
      settings.push_back(std::move(setting));
    }
  }
  if (node.is_array() && settings.empty()) node.problem("needs at least one setting");
  return settings;
}

std::vector<Column> read_columns(const std::optional<JsonNode>& node, const std::vector<Setting>& settings) {
  std::vector<Column> columns;
  if (!node) {
    for (const auto& setting : settings) {
      columns.push_back(
          {.id = setting.name, .title = setting.title, .settings = {setting.name}, .abscissa = {}, .source = {}});
    }
    return columns;
  }
  std::set<std::string> ids;
  for (const auto& item : node->items()) {
    columns.push_back(read_column(item, settings));
    check_new(item, ids, "column", columns.back().id);
  }
  if (node->is_array() && columns.empty()) node->problem("needs at least one column");
  return columns;
}

}  // namespace nlb
