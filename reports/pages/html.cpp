// reports/pages/html.cpp -- the HTML pages: data for templates/*.mustache; the templates hold every tag, mustache
// escapes every text.
#include <algorithm>
#include <optional>
#include <set>

#include "core/parallel.h"
#include "core/text.h"
#include "reports/judging/rules.h"
#include "reports/pages/curve_plots.h"
#include "reports/pages/frame.h"
#include "reports/pages/index_page.h"
#include "reports/pages/page_data.h"
#include "reports/pages/page_state.h"
#include "reports/pages/reading.h"
#include "reports/pages/report.h"
#include "reports/pages/run_view.h"
#include "reports/pages/sections.h"
#include "reports/pages/templates.h"
#include "reports/pages/wording.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

constexpr size_t kGroupsWithoutContents = 3;  // more make a page too long to scroll through

/// All that the pages of one protocol are made of, computed once.
struct ProtocolPages {
  /// `twin_input`: the one-recipe twin, where the report has it.
  ProtocolPages(const ReportInput& given, const ReportInput* twin_input)
      : input(&given),
        table(table_of(given)),
        curves(read_table_curves(table)),
        detection(detection_values(table, curves)),
        classes(class_accuracies(table)) {
    if (twin_input != nullptr) twin = table_of(*twin_input);
    for (const auto& group : given.protocol->groups)
      groups.push_back({GroupShowing(table, group, {&detection, &classes}), group_facts(table, group, *given.facts)});
  }
  ProtocolPages(const ProtocolPages&) = delete;
  ProtocolPages& operator=(const ProtocolPages&) = delete;

  const ReportInput* input;
  Table table;
  TableCurves curves;
  DetectionValues detection;
  ClassAccuracies classes;
  std::optional<Table> twin;
  std::vector<GroupPage> groups;
};

void add_plot(data& list, const Plot& plot) {
  if (!plot.series.empty()) list.push_back(plot_data(plot));
}

/// The curves of each column of one setting, behind a summary each: a table of ten levels has thirty of them.
data curve_sections(const GroupShowing& showing, const TableCurves& curves) {
  data sections{data::type::list};
  for (const auto& column : showing.group().columns) {
    if (column.kind != Column::Kind::setting) continue;
    const auto found = column_curves(showing, column, curves);
    if (found.empty()) continue;
    data section, plots{data::type::list};
    for (const auto& plot : found) add_plot(plots, plot);
    section.set("title", column.title);
    section.set("plots", plots);
    sections.push_back(section);
  }
  return sections;
}

data rule_options(const GroupShowing& showing) {
  data list{data::type::list};
  for (const auto& rule : showing.rules()) {
    data option;
    option.set("id", rule);
    option.set("title", rule_label(rule));
    option.set("shown", flag(rule == showing.rule()));
    list.push_back(option);
  }
  return list;
}

data group_data(const ProtocolPages& pages, const GroupPage& page, bool run_views) {
  const auto& showing = page.showing;
  const auto& group = showing.group();
  const auto& protocol = *pages.input->protocol;
  auto entry = table_data(showing, page.facts, run_views);
  entry.set("id", group.id);
  entry.set("title", group.title);
  entry.set("conditions", group.conditions);
  entry.set("line", conditions_line(protocol, group));
  entry.set("draws", draws_line(protocol, group));
  set_text(entry, "looks", looks_sentence(pages.table, group));
  entry.set("metric", std::string(protocol.lower_is_better ? "Area under the test error curve" : "Test accuracy"));
  entry.set("rule", rule_words(showing.rule()));
  entry.set("rules", rule_options(showing));
  data plots{data::type::list};
  for (const auto& plot : rate_plots(showing)) add_plot(plots, plot);
  add_plot(plots, agreement_plot(showing));
  add_plot(plots, cost_plot(showing, page.facts));
  entry.set("plots", plots);
  entry.set("has_plots", flag(plots.is_non_empty_list()));
  entry.set("class_tables", class_tables_data(showing));
  entry.set("wins", wins_data(showing));
  entry.set("agreement", rank_agreement_data(showing));
  entry.set("twin", pages.twin ? twin_gap_data(showing, *pages.twin) : flag(false));
  entry.set("corrections", correction_gap_data(showing));
  const auto curves = curve_sections(showing, pages.curves);
  entry.set("curves", curves);
  entry.set("has_curves", flag(curves.is_non_empty_list()));
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
  for (const auto& cell : table.cells) {
    for (size_t i = 0; i < cell.judgements.size(); ++i) {
      auto source = source_data(*table.protocol, cell, *cell.judgements[i].published);
      source.set("anchor", source_anchor(*table.protocol, cell, i));
      sources.push_back(source);
    }
  }
  page.set("has_remarks", flag(!found.empty()));
  page.set("remarks", list);
  page.set("has_sources", flag(sources.is_non_empty_list()));
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

data view_options(const std::vector<GroupPage>& groups) {
  data list{data::type::list};
  for (const auto& view : page_views(groups)) {
    data option;
    option.set("id", view.id);
    option.set("title", view.title);
    option.set("shown", flag(view.id == views().front().id));
    list.push_back(option);
  }
  return list;
}

/// Where the rows stand under one recipe, and whether there is a gap to show.
data twin_line_data(const ProtocolPages& pages) {
  const auto& id = pages.table.protocol->one_recipe_twin;
  if (id.empty()) return flag(false);
  data entry;
  entry.set("title", pages.twin ? pages.twin->protocol->title : id);
  set_text(entry, "href", pages.twin ? id + ".html" : std::string());
  entry.set("any", flag(pages.twin && std::any_of(pages.groups.begin(), pages.groups.end(), [&](const GroupPage& page) {
                          return !twin_gaps(page.showing, *pages.twin).empty();
                        })));
  return entry;
}

void set_frame(data& page, const ProtocolPages& pages) {
  const auto& table = pages.table;
  const auto& protocol = *table.protocol;
  page.set("page_title", protocol.title);
  page.set("title", protocol.title);
  page.set("protocol", protocol.id);
  page.set("remake", report_command(*pages.input, "--format html,markdown,csv,json,latex --out pages"));
  page.set("summary", protocol.summary);
  page.set("sentence", sentence_data(table));
  page.set("bar", bar_data(table));
  set_text(page, "shift", shift_sentence(table.shift));
  page.set("twin_line", twin_line_data(pages));
  page.set("builds", record_lines_data(table, *pages.input->records));
  page.set("explained", reading_data(table, pages.groups));
  page.set("record_count", std::to_string(table.record_digests.size()));
  page.set("records_digest", records_digest(table));
  page.set("protocol_digest", protocol.content_digest.substr(0, 12));
  page.set("views", view_options(pages.groups));
  page.set("long", flag(protocol.groups.size() > kGroupsWithoutContents));
  page.set("contents", contents_data(table));
  const auto claims = claims_data(table);
  page.set("claims", claims);
  page.set("has_claims", flag(claims.is_non_empty_list()));
}

data protocol_page(const ProtocolPages& pages, bool run_views) {
  data page, groups{data::type::list};
  set_frame(page, pages);
  for (const auto& group : pages.groups) groups.push_back(group_data(pages, group, run_views));
  page.set("groups", groups);
  page.set("run_views", flag(run_views));
  page.set("state", page_state(*pages.table.protocol, pages.groups));
  set_remarks(page, pages.table);
  return page;
}

/// Every record that a page uses, with the place it is shown at.
void add_run_views(const ProtocolPages& pages, const Templates& templates, ReportFiles& files) {
  for (const auto& group : pages.groups) {
    for (const auto& cell : pages.table.cells) {
      if (cell.group != &group.showing.group() || cell.column->kind != Column::Kind::setting) continue;
      for (const auto& seed : cell.seeds) {
        const auto name = run_view_link(seed);
        if (name.empty() || files.contains(name)) continue;
        files[name] = templates.render("run", run_view_data({&group.showing, &cell, &seed, pages.input},
                                                            *pages.input->facts, *pages.input->records));
      }
    }
  }
}

/// A protocol's page and run views, and the table that the index needs.
struct Rendered {
  ReportFiles files;
  Table table;
};

/// The input whose protocol is the one-recipe twin of `input`'s; null where the report has none.
const ReportInput* twin_of(const ReportInput& input, const std::vector<ReportInput>& inputs) {
  const auto found = std::find_if(inputs.begin(), inputs.end(), [&](const ReportInput& other) {
    return other.protocol->id == input.protocol->one_recipe_twin;
  });
  return found == inputs.end() ? nullptr : &*found;
}

Rendered render_protocol(const ReportInput& input, const std::vector<ReportInput>& inputs, const Templates& templates,
                         bool run_views) {
  ProtocolPages pages(input, twin_of(input, inputs));
  Rendered rendered;
  rendered.files[input.protocol->id + ".html"] = templates.render("page", protocol_page(pages, run_views));
  if (run_views) add_run_views(pages, templates, rendered.files);
  rendered.table = std::move(pages.table);
  return rendered;
}

}  // namespace

ReportFiles render_html(const std::vector<ReportInput>& inputs, const std::filesystem::path& template_folder,
                        bool run_views) {
  const Templates templates(template_folder);
  std::vector<Rendered> rendered(inputs.size());
  for_each_index(inputs.size(),
                 [&](size_t i) { rendered[i] = render_protocol(inputs[i], inputs, templates, run_views); });
  ReportFiles files;
  std::vector<const Table*> tables;
  for (auto& one : rendered) {
    files.merge(one.files);  // a run that several protocols show keeps the view of the first
    tables.push_back(&one.table);
  }
  if (!inputs.empty()) files["index.html"] = templates.render("index", index_data(tables, *inputs.front().facts));
  return files;
}

}  // namespace nlb
