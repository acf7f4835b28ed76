// reports/html.cpp -- the HTML pages: data for templates/*.mustache; the templates hold every tag, mustache escapes
// every text.
#include <algorithm>
#include <set>

#include "core/text.h"
#include "reports/page_data.h"
#include "reports/report.h"
#include "reports/run_view.h"
#include "reports/templates.h"
#include "reports/wording.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

constexpr size_t kGroupsWithoutContents = 3;  // more make a page too long to scroll through

/// Anchor of a published value in the list of sources.
std::string source_anchor(const Protocol& protocol, const Cell& cell, size_t number) {
  return "source/" + cell.id(protocol) + "/" + std::to_string(number);
}

data judgement_data(const PublishedJudgement& judgement, const std::string& shown_rule, bool bare) {
  data entry;
  entry.set("bare", flag(bare));
  entry.set("published", published_text(*judgement.published));
  set_text(entry, "rule", judgement.published->rule == shown_rule ? "" : rule_label(judgement.published->rule));
  set_text(entry, "delta", delta_text(judgement));
  entry.set("word", marked_word(judgement.word));
  entry.set("class", word_class(judgement.word));
  return entry;
}

data runs_data(const Cell& cell, const std::string& rule, bool run_views) {
  data runs{data::type::list};
  for (const auto& seed : cell.seeds) {
    const auto value = seed.percent.find(rule);
    data run;
    run.set("seed", "seed " + seed.seed);
    run.set("value", value == seed.percent.end() ? std::string("–") : fixed(value->second, 2));
    set_text(run, "href",
             run_views && seed.records.size() == 1 ? "runs/" + run_view_name(*seed.records.front()) : std::string());
    runs.push_back(run);
  }
  return runs;
}

data cell_data(const Protocol& protocol, const Cell& cell, const std::string& rule, bool run_views) {
  data entry;
  const auto measured = measured_text(cell, rule);
  entry.set("id", cell.id(protocol));
  set_text(entry, "measured", measured);
  set_text(entry, "oracle", oracle_text(cell, rule));
  set_text(entry, "state",
           measured.empty()                      ? empty_cell_text(cell)
           : cell.state == CellState::incomplete ? cell.reason
                                                 : std::string());
  data judgements{data::type::list};
  for (size_t i = 0; i < cell.judgements.size(); ++i) {
    auto judgement = judgement_data(cell.judgements[i], rule, measured.empty());
    judgement.set("source", source_anchor(protocol, cell, i));
    judgement.set("named", flag(cell.row->status == Row::Status::measured));
    judgements.push_back(judgement);
  }
  entry.set("judgements", judgements);
  entry.set("has_runs", flag(!cell.seeds.empty()));
  entry.set("runs", runs_data(cell, rule, run_views));
  return entry;
}

data group_data(const Table& table, const Group& group, bool run_views) {
  const auto rule = default_rule(group);
  data entry;
  entry.set("id", group.id);
  entry.set("title", group.title);
  entry.set("conditions", group.conditions);
  entry.set("line", conditions_line(*table.protocol, group));
  entry.set("metric",
            std::string(table.protocol->lower_is_better ? "Area under the test error curve" : "Test accuracy"));
  entry.set("rule", rule_words(rule));
  data columns{data::type::list}, rows{data::type::list};
  for (const auto& column : group.columns) columns.push_back({"title", column.title});
  for (const auto& row : group.rows) {
    data cells{data::type::list};
    for (const auto& column : group.columns)
      cells.push_back(cell_data(*table.protocol, *table.find(group.id, row.id, column.id), rule, run_views));
    data line;
    line.set("title", row.title);
    set_text(line, "note", row_note(row));
    line.set("cells", cells);
    rows.push_back(line);
  }
  entry.set("columns", columns);
  entry.set("rows", rows);
  entry.set("plots", group_plots(table, group, rule));
  return entry;
}

void set_remarks(data& page, const Table& table) {
  data list{data::type::list}, sources{data::type::list};
  const auto found = remarks(table);
  for (const auto& remark : found) {
    data line;
    set_text(line, "cell", remark.cell);
    line.set("text", remark.text);
    list.push_back(line);
  }
  bool published = false;
  for (const auto& cell : table.cells) {
    for (size_t i = 0; i < cell.judgements.size(); ++i) {
      published = true;
      auto source = source_data(*table.protocol, cell, *cell.judgements[i].published);
      source.set("anchor", source_anchor(*table.protocol, cell, i));
      sources.push_back(source);
    }
  }
  page.set("has_remarks", flag(!found.empty()));
  page.set("remarks", list);
  page.set("has_sources", flag(published));
  page.set("sources", sources);
}

/// What a long page holds, group by group.
data contents_data(const Table& table) {
  data list{data::type::list};
  for (const auto& group : table.protocol->groups) {
    int published = 0;
    int measured = 0;
    for (const auto& row : group.rows) {
      for (const auto& column : group.columns) {
        const auto& cell = *table.find(group.id, row.id, column.id);
        published += static_cast<int>(cell.judgements.size());
        measured += cell.seeds.empty() ? 0 : 1;
      }
    }
    data entry;
    entry.set("id", group.id);
    entry.set("title", group.title);
    std::string note = std::to_string(group.rows.size()) + (group.rows.size() == 1 ? " row, " : " rows, ") +
                       std::to_string(published) + " published";
    if (measured > 0) note += ", " + std::to_string(measured) + " measured";
    entry.set("note", note);
    list.push_back(entry);
  }
  return list;
}

data protocol_page(const Table& table, bool run_views) {
  const auto& protocol = *table.protocol;
  data page;
  page.set("page_title", protocol.title);
  page.set("title", protocol.title);
  page.set("protocol", protocol.id);
  page.set("summary", protocol.summary);
  page.set("sentence", first_sentence(table));
  set_text(page, "shift", shift_sentence(table.shift));
  data groups{data::type::list}, builds{data::type::list};
  for (const auto& group : protocol.groups) groups.push_back(group_data(table, group, run_views));
  for (const auto& line : build_lines(table)) builds.push_back(line);
  page.set("groups", groups);
  page.set("long", flag(protocol.groups.size() > kGroupsWithoutContents));
  page.set("contents", contents_data(table));
  page.set("builds", builds);
  page.set("tolerance", shortest(protocol.tolerance.points));
  page.set("tolerance_reason", protocol.tolerance.reason);
  page.set("record_count", std::to_string(table.record_digests.size()));
  set_remarks(page, table);
  return page;
}

/// Every record that a page uses, with the place it is shown at.
void add_run_views(const Table& table, const Templates& templates, ReportFiles& files) {
  for (const auto& cell : table.cells) {
    if (cell.column->kind != Column::Kind::setting) continue;
    for (const auto& seed : cell.seeds) {
      const auto& record = *seed.records.front();
      const auto name = "runs/" + run_view_name(record);
      if (!files.contains(name))
        files[name] = templates.render("run", run_view_data(*table.protocol, cell, seed.seed, record));
    }
  }
}

}  // namespace

ReportFiles render_html(const std::vector<ReportInput>& inputs, const std::filesystem::path& template_folder,
                        bool run_views) {
  const Templates templates(template_folder);
  ReportFiles files;
  data protocols{data::type::list};
  for (const auto& input : inputs) {
    const auto table = make_table(*input.protocol, *input.facts, *input.records, input.skipped);
    auto page = protocol_page(table, run_views);
    files[input.protocol->id + ".html"] = templates.render("page", page);
    if (run_views) add_run_views(table, templates, files);
    data card;
    card.set("id", input.protocol->id);
    card.set("title", input.protocol->title);
    card.set("summary", input.protocol->summary);
    card.set("sentence", first_sentence(table));
    protocols.push_back(card);
  }
  data index;
  index.set("page_title", std::string("Measured beside published"));
  index.set("protocols", protocols);
  files["index.html"] = templates.render("index", index);
  return files;
}

}  // namespace nlb
