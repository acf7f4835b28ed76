// reports/pages/markdown.cpp -- the Markdown twin: one file per protocol, readable as text, made for READMEs.
#include "core/text.h"
#include "reports/judging/claims.h"
#include "reports/judging/one_class.h"
#include "reports/judging/rules.h"
#include "reports/pages/escape.h"
#include "reports/pages/report.h"
#include "reports/pages/sections.h"
#include "reports/pages/showing.h"
#include "reports/pages/wording.h"

namespace nlb {
namespace {

std::string judgement_text(const PublishedJudgement& judgement, bool show_rule) {
  std::string text = "published " + published_text(*judgement.published);
  if (show_rule) text += " (" + rule_label(judgement.published->rule) + ")";
  const auto delta = delta_text(judgement);
  if (!delta.empty()) text += ", " + delta;
  return text + ", " + marked_word(judgement.word);
}

/// Published values of a cell without measured ones.
std::string bare_text(const Cell& cell, const std::string& rule) {
  std::vector<std::string> parts;
  for (const auto& judgement : cell.judgements) {
    const auto& published = *judgement.published;
    parts.push_back((cell.row->status == Row::Status::measured ? "published " : "") + published_text(published) +
                    (published.rule == rule ? std::string() : " (" + rule_label(published.rule) + ")"));
  }
  if (const auto state = empty_cell_text(cell); !state.empty()) parts.push_back("*" + state + "*");
  return join(parts, "<br>");
}

std::string cell_text(const GroupShowing& showing, const Cell& cell) {
  const auto& rule = showing.rule();
  std::string text = measured_text(cell, rule);
  const auto aside = showing.aside(cell, rule);
  if (text.empty() && aside.empty()) return bare_text(cell, rule);
  const auto* rank = showing.rank(cell, rule);
  if (rank != nullptr && rank->ties_best) text = "**" + text + "**";
  if (cell.state == CellState::incomplete) text += " *" + cell.reason + "*";
  if (!aside.empty()) text += (text.empty() ? "*" : "<br>*") + markdown_escaped(aside) + "*";
  for (const auto& note : showing.class_notes(cell)) text += "<br>" + markdown_escaped(note);
  for (const auto& judgement : cell.judgements)
    text += "<br>" + judgement_text(judgement, judgement.published->rule != rule);
  return text;
}

std::string row_text(const GroupShowing& showing, const Row& row) {
  std::string text = "| " + markdown_escaped(row.title);
  if (const auto note = row_note(row); !note.empty()) text += "<br>*" + markdown_escaped(note) + "*";
  text += " |";
  for (const auto& column : showing.group().columns) text += " " + cell_text(showing, showing.cell(row, column)) + " |";
  return text + "\n";
}

bool has_anything(const Table& table, const Group& group, const Row& row) {
  for (const auto& column : group.columns) {
    const auto* cell = table.find(group.id, row.id, column.id);
    if (cell != nullptr && (!cell->seeds.empty() || !cell->judgements.empty() || row.status == Row::Status::measured))
      return true;
  }
  return false;
}

/// What picking the epoch on the test set would add, row by row.
std::string oracle_list(const GroupShowing& showing) {
  std::string text;
  for (const auto& row : showing.group().rows) {
    std::vector<std::string> parts;
    for (const auto& column : showing.group().columns) {
      if (const auto oracle = oracle_text(showing.cell(row, column), showing.rule()); !oracle.empty())
        parts.push_back(markdown_escaped(column.title) + ": " + oracle);
    }
    if (!parts.empty()) text += "- " + markdown_escaped(row.title) + ": " + join(parts, "; ") + "\n";
  }
  return text.empty() ? text : "\n### Best epoch on the test set (an oracle)\n\n" + text;
}

std::string group_table(const Table& table, const Group& group, const ClassAccuracies& classes) {
  const GroupShowing showing(table, group, {.classes = &classes});
  const auto& rule = showing.rule();
  std::string text = "\n## " + markdown_escaped(group.title) + "\n\n" + markdown_escaped(group.conditions) + "\n\n" +
                     markdown_escaped(conditions_line(*table.protocol, group)) + ". " +
                     draws_line(*table.protocol, group) + "\n" + looks_sentence(table, group) + "Test " +
                     (table.protocol->lower_is_better ? "error area" : "accuracy") + " in percent, " +
                     rule_words(rule) +
                     ": mean ± standard deviation over seeds (number of seeds); bold: the best and all that tie with " +
                     "it.\n\n| row |";
  std::string line = "|---|";
  for (const auto& column : group.columns) {
    text += " " + markdown_escaped(column.title) + " |";
    line += "---|";
  }
  text += "\n" + line + "\n";
  for (const auto& row : group.rows) {
    if (has_anything(table, group, row)) text += row_text(showing, row);
  }
  return text + class_tables_markdown(showing) + rank_agreement_markdown(showing) + correction_gap_markdown(showing) +
         oracle_list(showing);
}

std::string remark_list(const Table& table) {
  std::string text;
  for (const auto& remark : remarks(table))
    text += "- " + (remark.cell.empty() ? "" : "`" + remark.cell + "`: ") + markdown_escaped(remark.text) + "\n";
  return text.empty() ? text : "\n## Remarks\n\n" + text;
}

std::string claim_list(const Table& table) {
  std::string text;
  for (const auto& judged : judge_claims(table))
    text += "- *" + claim_word(judged.verdict) + "*: " + markdown_escaped(judged.claim->text) + " (" +
            markdown_escaped(judged.claim->source) + "). " + judged.reason + "\n";
  return text.empty() ? text : "\n## Claims of the sources\n\n" + text;
}

std::string page(const ReportInput& input) {
  const auto table = table_of(input);
  const auto classes = class_accuracies(table);
  std::string text = "# " + markdown_escaped(input.protocol->title) + "\n\n" + first_sentence(table) + "\n";
  if (const auto shift = shift_sentence(table.shift); !shift.empty()) text += shift + "\n";
  text += "\n" + markdown_escaped(input.protocol->summary) + "\n";
  for (const auto& group : input.protocol->groups) text += group_table(table, group, classes);
  text += claim_list(table) + remark_list(table) + "\n## Where the numbers come from\n\n";
  for (const auto& build : build_lines(table)) text += "- " + markdown_escaped(build) + "\n";
  for (const auto& line : class_remarks(*input.records, table)) text += "- " + markdown_escaped(line) + "\n";
  const auto command = report_command(input);
  const std::string ticks = command.find('`') == std::string::npos ? "`" : "``";
  return text + "- made by " + ticks + command + ticks + "\n";
}

}  // namespace

ReportFiles render_markdown(const std::vector<ReportInput>& inputs) {
  ReportFiles files;
  for (const auto& input : inputs) files[input.protocol->id + ".md"] = page(input);
  return files;
}

}  // namespace nlb
