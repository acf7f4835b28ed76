#include "reports/pages/page_table.h"

#include <algorithm>
#include <set>

#include "core/text.h"
#include "reports/judging/rules.h"
#include "reports/pages/page_data.h"
#include "reports/pages/run_view.h"
#include "reports/pages/sections.h"
#include "reports/pages/wording.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

data judgement_data(const Protocol& protocol, const Cell& cell, size_t number, const std::string& shown_rule,
                    bool bare) {
  const auto& judgement = cell.judgements[number];
  data entry;
  entry.set("bare", flag(bare));
  entry.set("source", source_anchor(protocol, cell, number));
  entry.set("published", published_text(*judgement.published));
  set_text(entry, "rule", judgement.published->rule == shown_rule ? "" : rule_label(judgement.published->rule));
  set_text(entry, "delta", delta_text(judgement));
  entry.set("word", marked_word(judgement.word));
  entry.set("class", word_class(judgement.word));
  return entry;
}

data cell_data(const GroupShowing& showing, const Cell& cell) {
  const auto& protocol = *showing.table().protocol;
  const auto& rule = showing.rule();
  data entry, judgements{data::type::list};
  const auto measured = measured_text(cell, rule);
  const auto* rank = showing.rank(cell, rule);
  entry.set("id", cell.id(protocol));
  set_text(entry, "measured", measured);
  set_text(entry, "rank",
           rank == nullptr || showing.ranking(*cell.column, rule).ranks.size() < 2 ? std::string() : rank_text(*rank));
  entry.set("best", flag(rank != nullptr && rank->ties_best));
  set_text(entry, "state",
           cell.seeds.empty()                    ? empty_cell_text(cell)
           : cell.state == CellState::incomplete ? cell.reason
                                                 : std::string());
  set_text(entry, "why", measured.empty() ? cell.reason : std::string());
  set_text(entry, "aside", showing.aside(cell, rule));
  data notes{data::type::list};
  for (const auto& note : showing.class_notes(cell)) notes.push_back(note);
  entry.set("notes", notes);
  for (size_t i = 0; i < cell.judgements.size(); ++i)
    judgements.push_back(judgement_data(protocol, cell, i, rule, measured.empty()));
  entry.set("judgements", judgements);
  return entry;
}

/// One cell of the row that opens below: a dot per seed, the links to their runs, the oracle gap.
data seeds_data(const GroupShowing& showing, const Cell& cell, bool run_views) {
  const auto& rule = showing.rule();
  data entry, runs{data::type::list};
  for (const auto& seed : cell.seeds) {
    const auto value = seed.percent.find(rule);
    data run;
    run.set("seed", seed.seed);
    run.set("value", value == seed.percent.end() ? std::string("–") : fixed(value->second, 2));
    set_text(run, "href", run_views ? run_view_link(seed) : std::string());
    runs.push_back(run);
  }
  entry.set("runs", runs);
  entry.set("any", flag(!cell.seeds.empty()));
  entry.set("dots", seed_dots_data(cell, rule, run_views));
  set_text(entry, "oracle", oracle_text(cell, rule));
  return entry;
}

void set_cost(data& line, const RowFacts& facts) {
  set_text(line, "time", facts.cost ? cost_text(facts.cost->seconds) : std::string());
  set_text(line, "memory",
           facts.cost && facts.cost->peak_memory > 0 ? bytes_text(static_cast<double>(facts.cost->peak_memory))
                                                     : std::string());
  data machines{data::type::list};
  if (facts.cost) {
    for (const size_t machine : facts.cost->machines) machines.push_back(machine_mark(machine));
  }
  line.set("machines", machines);
  set_text(line, "networks", facts.networks);
  set_text(line, "trusted", facts.trusted);
}

/// What all rows would say of themselves, so that the table says it once; "" where they differ.
std::string shared_note(const Group& group) {
  const auto note = group.rows.empty() ? std::string() : row_note(group.rows.front());
  const bool shared = group.rows.size() > 1 && std::all_of(group.rows.begin(), group.rows.end(),
                                                           [&](const Row& row) { return row_note(row) == note; });
  return shared ? note : std::string();
}

data row_data(const GroupShowing& showing, const Row& row, const RowFacts& facts, bool run_views) {
  data line, cells{data::type::list}, seeds{data::type::list}, marks{data::type::list};
  bool any_seed = false;
  for (const auto& column : showing.group().columns) {
    const auto& cell = showing.cell(row, column);
    cells.push_back(cell_data(showing, cell));
    seeds.push_back(seeds_data(showing, cell, run_views));
    any_seed = any_seed || !cell.seeds.empty();
  }
  line.set("row", row.id);
  line.set("title", row.title);
  set_text(line, "note", shared_note(showing.group()).empty() ? row_note(row) : std::string());
  const auto& shifts = showing.table().row_shifts;
  const auto shift = shifts.find(showing.group().id + "/" + row.id);
  set_text(line, "shift", shift == shifts.end() ? std::string() : shift_label(shift->second));
  set_text(line, "flagged",
           shift != shifts.end() && shift->second.flagged ? shift_label(shift->second) : std::string());
  line.set("pinned", flag(showing.is_reference(row)));
  line.set("cells", cells);
  line.set("seeds", seeds);
  line.set("has_seeds", flag(any_seed));
  for (const size_t note : facts.footnotes) {
    data mark;
    mark.set("mark", std::to_string(note + 1));
    mark.set("anchor", "note/" + showing.group().id + "/" + std::to_string(note + 1));
    marks.push_back(mark);
  }
  line.set("footnotes", marks);
  set_cost(line, facts);
  return line;
}

data chip(const std::string& id, const std::string& title, int count) {
  data entry;
  entry.set("id", id);
  entry.set("title", title);
  entry.set("count", std::to_string(count));
  return entry;
}

/// One per word of a cell and per tag of a row that not all rows share.
data chips_data(const GroupShowing& showing, const GroupFacts& facts) {
  std::map<CellWord, int> words;
  std::vector<RowTag> order;
  std::map<std::string, int> tags;
  for (const auto& row : showing.group().rows) {
    for (const auto& column : showing.group().columns) {
      for (const auto& judgement : showing.cell(row, column).judgements) ++words[judgement.word];
    }
    for (const auto& tag : row_tags(row, facts.rows.at(&row))) {
      if (tags[tag.id]++ == 0) order.push_back(tag);
    }
  }
  data list{data::type::list};
  for (const auto& word : judgement_words()) {
    if (words.contains(word)) list.push_back(chip("word:" + word_class(word), marked_word(word), words[word]));
  }
  std::sort(order.begin(), order.end(), [](const RowTag& a, const RowTag& b) { return a.id < b.id; });
  for (const auto& tag : order) {
    if (tags[tag.id] < static_cast<int>(showing.group().rows.size()))
      list.push_back(chip(tag.id, tag.title, tags[tag.id]));
  }
  return list;
}

data numbered(const std::vector<std::string>& texts, const std::string& anchor) {
  data list{data::type::list};
  for (size_t i = 0; i < texts.size(); ++i) {
    data entry;
    entry.set("anchor", anchor + std::to_string(i + 1));
    entry.set("mark", std::to_string(i + 1));
    entry.set("text", texts[i]);
    list.push_back(entry);
  }
  return list;
}

data machine_list(const GroupFacts& facts) {
  data list{data::type::list};
  for (size_t i = 0; i < facts.machines.size(); ++i) {
    data entry;
    entry.set("mark", machine_mark(i));
    entry.set("text", facts.machines[i]);
    list.push_back(entry);
  }
  return list;
}

/// "98.99 ± 0.06 (5)" of the reference row where labels are clean: the other end of the scale.
std::string clean_reference(const GroupShowing& showing) {
  if (showing.reference() == nullptr) return {};
  for (const auto& column : showing.group().columns) {
    if (column.kind != Column::Kind::setting) continue;
    if (showing.group().setting(column.settings.front()).noise.rate != 0) continue;
    return measured_text(showing.cell(*showing.reference(), column), showing.rule());
  }
  return {};
}

}  // namespace

std::vector<RowTag> row_tags(const Row& row, const RowFacts& facts) {
  std::vector<RowTag> tags;
  if (row.status == Row::Status::published_only) tags.push_back({"row:published only", "published only"});
  if (row.status == Row::Status::planned) tags.push_back({"row:not built", "not built"});
  if (row.status == Row::Status::imported) tags.push_back({"row:imported", "predictions scored here"});
  if (facts.cost) tags.push_back({"row:measured", "measured here"});
  if (facts.method == nullptr) return tags;
  if (!facts.method->family.empty()) tags.push_back({"family:" + facts.method->family, facts.method->family});
  if (facts.method->networks > 1) tags.push_back({"needs:networks", "several networks"});
  if (row.clean_labels_trained > 0) tags.push_back({"needs:trusted", "trains on trusted labels"});
  return tags;
}

std::string source_anchor(const Protocol& protocol, const Cell& cell, size_t number) {
  return "source/" + cell.id(protocol) + "/" + std::to_string(number);
}

data table_data(const GroupShowing& showing, const GroupFacts& facts, bool run_views) {
  const auto& group = showing.group();
  data entry, columns{data::type::list}, pinned{data::type::list}, rows{data::type::list};
  for (const auto& column : group.columns) {
    data head;
    head.set("id", column.id);
    head.set("title", column.title);
    columns.push_back(head);
  }
  for (const auto& row : group.rows) {
    auto line = row_data(showing, row, facts.rows.at(&row), run_views);
    (showing.is_reference(row) ? pinned : rows).push_back(line);
  }
  entry.set("columns", columns);
  entry.set("pinned_rows", pinned);
  entry.set("rows", rows);
  entry.set("chips", chips_data(showing, facts));
  set_text(entry, "shared_note", shared_note(group));
  entry.set("has_footnotes", flag(!facts.footnotes.empty()));
  entry.set("footnotes", numbered(facts.footnotes, "note/" + group.id + "/"));
  entry.set("has_cost", flag(!facts.machines.empty()));
  entry.set("machines", machine_list(facts));
  set_text(entry, "clean_reference", clean_reference(showing));
  entry.set("has_reference", flag(showing.reference() != nullptr));
  entry.set("ranked", flag(std::any_of(group.columns.begin(), group.columns.end(), [&](const Column& column) {
              return showing.ranking(column, showing.rule()).ranks.size() > 1;
            })));
  return entry;
}

}  // namespace nlb
