#include "protocols/published.h"

#include <algorithm>

#include "protocols/parse.h"

namespace nlb {
namespace {

const std::vector<std::string> kSourceKinds = {"seed", "repo", "page", "paper-recalled"};

template <typename Value>
void lay(std::optional<Value>& far, const std::optional<Value>& near) {
  if (near) far = near;
}

bool is_rule(const std::string& word) {
  const auto& rules = printed_rules();
  return std::find(rules.begin(), rules.end(), word) != rules.end();
}

/// A "row" block, of a table for all its rows or of one row.
void read_shown(const JsonNode& node, const Facts& facts, Row& row) {
  ObjectReader reader(node);
  row.title = reader.text_or("title", row.title);
  row.ran_by = reader.text_or("ran_by", row.ran_by);
  row.note = reader.text_or("note", row.note);
  if (const auto method = reader.find("method")) {
    named_by(*method, facts.methods, "method", "nlbench list methods");
    row.method = method->text();
  }
  if (const auto labels = reader.find("clean_labels")) read_clean_labels(*labels, row);
  if (const auto rows = reader.find("oracle_choice")) row.oracle_choice = join(read_texts(*rows), " ");
  reader.close();
}

class TableReader {
 public:
  TableReader(const JsonNode& node, const Said& of_file, const Facts& facts)
      : node_(node), reader_(node), facts_(facts), of_table_(of_file) {}

  PublishedTable read() {
    Said said;
    read_origin(reader_, said);
    read_circumstances(reader_, said);
    of_table_ = laid_over(of_table_, said);
    read_rules();
    levels_ = read_texts(reader_.at("levels"));
    shown_.status = Row::Status::published_only;
    if (const auto shown = reader_.find("row")) read_shown(*shown, facts_, shown_);
    table_.group = reader_.find("group");
    for (const auto& [id, row] : reader_.at("rows").members()) read_row(id, row);
    reader_.close();
    return std::move(table_);
  }

 private:
  void read_rules() {
    const auto rules = reader_.find("rules");
    if (!rules) return;
    ObjectReader reader(*rules);
    for (const auto& rule : printed_rules()) {
      const auto node = reader.find(rule);
      if (!node) continue;
      ObjectReader of_rule(*node);
      read_origin(of_rule, of_rule_[rule]);
      read_circumstances(of_rule, of_rule_[rule]);
      of_rule.close();
    }
    reader.close();
  }

  void read_row(const std::string& id, const JsonNode& node) {
    check_name(node, id);
    ObjectReader reader(node);
    PublishedRow row{.id = id, .values = {}, .also = {}, .shown = std::nullopt};
    Said of_row;
    read_origin(reader, of_row);
    read_circumstances(reader, of_row);
    if (const auto also = reader.find("also")) row.also = also->items();
    if (const auto shown = reader.find("row")) {
      row.shown = shown_;
      row.shown->id = id;
      read_shown(*shown, facts_, *row.shown);
      if (row.shown->title.empty()) shown->problem("has no \"title\"; required here");
    }
    read_rules_of(node, reader, of_row, row);
    if (node.is_object() && row.values.empty()) {
      node.problem("prints no value; it needs a list of them by a rule: " + join(printed_rules(), ", "));
    }
    reader.close();
    table_.rows.push_back(std::move(row));
  }

  /// The rules of a row, in the order of the file.
  void read_rules_of(const JsonNode& node, ObjectReader& reader, const Said& of_row, PublishedRow& row) {
    if (!node.is_object()) return;
    for (const auto& [key, values] : node.members()) {
      if (!is_rule(key)) continue;
      read_values(key, values, laid_over(laid_over(of_table_, of_rule_[key]), of_row), row);
    }
    for (const auto& rule : printed_rules()) reader.find(rule);
  }

  /// A list with one entry for each level of the table, null where nothing is printed; or an object that holds it as
  /// "values", with what is said of this rule alone.
  void read_values(const std::string& rule, const JsonNode& node, Said said, PublishedRow& row) {
    std::optional<JsonNode> list = node;
    if (node.is_object()) {
      ObjectReader reader(node);
      Said of_values;
      read_origin(reader, of_values);
      read_circumstances(reader, of_values);
      said = laid_over(said, of_values);
      list = reader.at("values");
      reader.close();
    }
    const auto items = list->items();
    if (list->is_array() && items.size() != levels_.size()) {
      list->problem("has " + std::to_string(items.size()) + " entries; the table has " +
                    std::to_string(levels_.size()) + " levels, and each needs its value or null");
      return;
    }
    for (size_t i = 0; i < items.size(); ++i) {
      if (!items[i].is_null()) row.values.push_back(read_value(items[i], levels_[i], rule, said));
    }
  }

  JsonNode node_;
  ObjectReader reader_;
  const Facts& facts_;
  Said of_table_;
  std::map<std::string, Said> of_rule_;
  std::vector<std::string> levels_;
  Row shown_;  ///< what the table says of all its rows
  PublishedTable table_;
};

}  // namespace

const std::vector<std::string>& printed_rules() {
  static const std::vector<std::string> kRules = {
      "last", "mean_last_10", "last_or_mean_last_10", "best_on_test", "best_on_val", "best_on_val_latest", "unknown"};
  return kRules;
}

void read_origin(ObjectReader& reader, Said& said) {
  if (reader.has("source")) said.source = read_source(reader);
  if (reader.has("kind")) said.kind = reader.one_of("kind", kSourceKinds);
}

void read_circumstances(ObjectReader& reader, Said& said) {
  if (reader.has("runs")) said.runs = static_cast<int>(reader.integer("runs", 1, 100'000));
  if (reader.has("varied")) said.varied = reader.text("varied");
  if (const auto shared = reader.find("shared")) {
    said.shared.emplace();
    for (const auto& draw : shared->items()) said.shared->push_back(draw.one_of({"noise", "split", "init", "train"}));
  }
  if (reader.has("deviation_kind")) {
    said.deviation_kind = reader.one_of("deviation_kind", {"standard_deviation", "standard_error", "unknown"});
  }
  if (reader.has("difference")) said.difference = reader.text("difference");
  if (reader.has("note")) said.note = reader.text("note");
  if (const auto conditions = reader.find("conditions")) {
    said.conditions.emplace();
    ObjectReader all(*conditions);
    for (const auto* key : {"network", "schedule", "noise_variant", "trusted_labels"}) {
      if (all.has(key)) (*said.conditions)[key] = all.text(key);
    }
    all.close();
  }
}

Said laid_over(const Said& far, const Said& near) {
  auto both = far;
  lay(both.source, near.source);
  lay(both.kind, near.kind);
  lay(both.varied, near.varied);
  lay(both.deviation_kind, near.deviation_kind);
  lay(both.difference, near.difference);
  lay(both.note, near.note);
  lay(both.runs, near.runs);
  lay(both.shared, near.shared);
  lay(both.conditions, near.conditions);
  return both;
}

void say(const Said& said, PublishedValue& value) {
  value.kind = said.kind.value_or(value.kind);
  value.varied = said.varied.value_or(value.varied);
  value.deviation_kind = said.deviation_kind.value_or(value.deviation_kind);
  value.difference = said.difference.value_or(value.difference);
  value.note = said.note.value_or(value.note);
  if (said.runs) value.runs = said.runs;
  value.shared = said.shared.value_or(value.shared);
  value.conditions = said.conditions.value_or(value.conditions);
}

std::map<std::string, PublishedTable> read_published_file(const JsonNode& root, const Facts& facts) {
  ObjectReader reader(root);
  check_shared_head(reader);
  Said said;
  said.source = read_source(reader);
  said.kind = reader.one_of("kind", kSourceKinds);
  reader.text_or("title", "");
  std::map<std::string, PublishedTable> tables;
  for (const auto& [id, table] : reader.at("tables").members()) {
    check_name(table, id);
    tables[id] = TableReader(table, said, facts).read();
  }
  reader.close();
  return tables;
}

}  // namespace nlb
