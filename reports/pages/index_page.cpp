#include "reports/pages/index_page.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/text.h"
#include "reports/pages/frame.h"
#include "reports/pages/page_data.h"
#include "reports/pages/sections.h"
#include "reports/pages/wording.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

data card_data(const Table& table) {
  const auto& protocol = *table.protocol;
  data card;
  card.set("id", protocol.id);
  card.set("title", protocol.title);
  card.set("summary", protocol.summary);
  card.set("sentence", first_sentence(table));
  card.set("bar", bar_data(table));
  card.set("records", std::to_string(table.record_digests.size()));
  return card;
}

/// What a table says of one method, over all its rows.
struct MethodStanding {
  int rows = 0, measured = 0;
  std::map<CellWord, int> words;
};

MethodStanding standing_of(const Table& table, const std::string& method) {
  MethodStanding standing;
  for (const auto& cell : table.cells) {
    if (cell.row->method != method || cell.state == CellState::published_only) continue;
    ++standing.rows;
    if (cell.seeds.empty()) continue;
    ++standing.measured;
    for (const auto& judgement : cell.judgements) ++standing.words[judgement.word];
  }
  return standing;
}

data standing_data(const Table& table, const std::string& method) {
  const auto standing = standing_of(table, method);
  data entry, words{data::type::list};
  for (const auto& word : judgement_words()) {
    const auto found = standing.words.find(word);
    if (found == standing.words.end()) continue;
    data part;
    part.set("class", word_class(word));
    part.set("text", std::to_string(found->second) + " " + marked_word(word));
    words.push_back(part);
  }
  entry.set("words", words);
  entry.set("href", table.protocol->id + ".html");
  set_text(entry, "measured",
           standing.measured > 0 && standing.words.empty() ? std::to_string(standing.measured) + " measured"
                                                           : std::string());
  set_text(entry, "none", standing.rows > 0 && standing.measured == 0 ? "not run" : "");
  return entry;
}

std::set<std::string> methods_of(const std::vector<const Table*>& tables, const Facts& facts) {
  std::set<std::string> methods;
  for (const auto* table : tables) {
    for (const auto& cell : table->cells) {
      if (cell.state != CellState::published_only && facts.methods.contains(cell.row->method))
        methods.insert(cell.row->method);
    }
  }
  return methods;
}

/// A line of the list of tables of which nothing is measured yet.
data line_data(const Table& table) {
  size_t values = 0;
  for (const auto& group : table.protocol->groups) {
    for (const auto& row : group.rows) values += row.published.size();
  }
  data line;
  line.set("id", table.protocol->id);
  line.set("title", table.protocol->title);
  line.set("values", std::to_string(values));
  return line;
}

}  // namespace

/// Cards and columns are of tables with a record, the others are a list: most published tables are not measured, and
/// their columns would be empty. Without any record all are shown alike.
data index_data(const std::vector<const Table*>& all, const Facts& facts) {
  data page, cards{data::type::list}, columns{data::type::list}, methods{data::type::list}, lines{data::type::list};
  std::vector<const Table*> tables;
  for (const auto* table : all) {
    if (!table->record_digests.empty()) tables.push_back(table);
  }
  if (tables.empty()) tables = all;
  for (const auto* table : all) {
    if (std::find(tables.begin(), tables.end(), table) == tables.end()) lines.push_back(line_data(*table));
  }
  for (const auto* table : tables) {
    cards.push_back(card_data(*table));
    data column;
    column.set("id", table->protocol->id);
    column.set("title", table->protocol->title);
    columns.push_back(column);
  }
  for (const auto& method : methods_of(tables, facts)) {
    data line, cells{data::type::list};
    for (const auto* table : tables) cells.push_back(standing_data(*table, method));
    line.set("title", facts.methods.at(method).title);
    line.set("family", facts.methods.at(method).family);
    line.set("cells", cells);
    methods.push_back(line);
  }
  page.set("page_title", std::string("Measured beside published"));
  page.set("protocols", cards);
  page.set("unmeasured", tables.size() < all.size());
  page.set("lines", lines);
  page.set("columns", columns);
  page.set("methods", methods);
  page.set("critical", critical_difference_data(tables));
  return page;
}

}  // namespace nlb
