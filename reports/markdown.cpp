// reports/markdown.cpp -- the Markdown twin: one file per protocol, readable as text, made for READMEs.
#include "core/text.h"
#include "reports/report.h"
#include "reports/wording.h"

namespace nlb {
namespace {

/// Text of a file inside a table cell: no bars, line ends or tags of its own.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '|':
        out += "\\|";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '\n':
        out += " ";
        break;
      case '*':
      case '_':
      case '`':
      case '[':
      case ']':
        out += std::string("\\") + c;
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string judgement_text(const PublishedJudgement& judgement, bool show_rule) {
  std::string text = "published " + published_text(*judgement.published);
  if (show_rule) text += " (" + rule_words(judgement.published->rule) + ")";
  const auto delta = delta_text(judgement);
  if (!delta.empty()) text += ", " + delta;
  return text + ", " + marked_word(judgement.word);
}

std::string cell_text(const Cell& cell, const std::string& rule) {
  std::string text = measured_text(cell, rule);
  if (text.empty()) text = "*" + cell_state_word(cell.state) + "*";
  if (cell.state == CellState::incomplete && !cell.seeds.empty()) text += " *" + cell.reason + "*";
  if (const auto oracle = oracle_text(cell, rule); !oracle.empty()) text += "<br>" + oracle;
  for (const auto& judgement : cell.judgements)
    text += "<br>" + judgement_text(judgement, judgement.published->rule != rule);
  return text;
}

bool has_anything(const Table& table, const Group& group, const Row& row) {
  for (const auto& column : group.columns) {
    const auto* cell = table.find(group.id, row.id, column.id);
    if (cell != nullptr && (!cell->seeds.empty() || !cell->judgements.empty() || row.status == Row::Status::measured))
      return true;
  }
  return false;
}

std::string group_table(const Table& table, const Group& group) {
  const auto rule = default_rule(group);
  std::string text = "\n## " + escaped(group.title) + "\n\n" + escaped(group.conditions) + "\n\n" +
                     escaped(conditions_line(*table.protocol, group)) + ".\n" + "Test " +
                     (table.protocol->lower_is_better ? "error area" : "accuracy") + " in percent, " +
                     rule_words(rule) + ": mean ± standard deviation over seeds (number of seeds).\n\n| row |";
  std::string line = "|---|";
  for (const auto& column : group.columns) {
    text += " " + escaped(column.title) + " |";
    line += "---|";
  }
  text += "\n" + line + "\n";
  for (const auto& row : group.rows) {
    if (!has_anything(table, group, row)) continue;
    text += "| " + escaped(row.title) + " |";
    for (const auto& column : group.columns)
      text += " " + cell_text(*table.find(group.id, row.id, column.id), rule) + " |";
    text += "\n";
  }
  return text;
}

std::string reasons(const Table& table) {
  std::string text;
  for (const auto& cell : table.cells) {
    for (const auto& judgement : cell.judgements) {
      if (judgement.reason.empty() || cell.seeds.empty()) continue;
      text += "- `" + cell.id(*table.protocol) + "`: " + judgement.word + ": " + escaped(judgement.reason) + "\n";
    }
    if (cell.state == CellState::failed) text += "- `" + cell.id(*table.protocol) + "`: " + escaped(cell.reason) + "\n";
  }
  return text.empty() ? text : "\n## Remarks\n\n" + text;
}

std::string page(const ReportInput& input) {
  const auto table = make_table(*input.protocol, *input.facts, *input.records, input.skipped);
  std::string text = "# " + escaped(input.protocol->title) + "\n\n" + first_sentence(table) + "\n";
  if (const auto shift = shift_sentence(table.shift); !shift.empty()) text += shift + "\n";
  text += "\n" + escaped(input.protocol->summary) + "\n";
  for (const auto& group : input.protocol->groups) text += group_table(table, group);
  text += reasons(table) + "\n## Where the numbers come from\n\n";
  for (const auto& build : build_lines(table)) text += "- " + escaped(build) + "\n";
  return text + "- made by `nlbench report --protocol " + input.protocol->id + "`\n";
}

}  // namespace

ReportFiles render_markdown(const std::vector<ReportInput>& inputs) {
  ReportFiles files;
  for (const auto& input : inputs) files[input.protocol->id + ".md"] = page(input);
  return files;
}

}  // namespace nlb
