// reports/latex.cpp -- the LaTeX twin: a booktabs table per group, best in bold with all that tie, published values in
// small print below.
#include <map>

#include "core/text.h"
#include "reports/report.h"
#include "reports/showing.h"
#include "reports/wording.h"

namespace nlb {
namespace {

/// Signs that our own words use and that LaTeX's text fonts lack.
const std::vector<std::pair<std::string, std::string>>& replacements() {
  static const std::vector<std::pair<std::string, std::string>> list = {{"±", "$\\pm$"},
                                                                        {"−", "$-$"},
                                                                        {"–", "--"},
                                                                        {"Δ", "$\\Delta$"},
                                                                        {"≈", "$\\approx$"},
                                                                        {"▲", "$\\uparrow$"},
                                                                        {"▼", "$\\downarrow$"},
                                                                        {"≠", "$\\neq$"},
                                                                        {"∅", "$\\emptyset$"},
                                                                        {"✓", ""},
                                                                        {"⚡", ""},
                                                                        {"◐", ""},
                                                                        {"✗", ""},
                                                                        {"○", ""},
                                                                        {"…", "\\ldots{}"}};
  return list;
}

std::string escaped_sign(char c) {
  switch (c) {
    case '\\':
      return "\\textbackslash{}";
    case '~':
      return "\\textasciitilde{}";
    case '^':
      return "\\textasciicircum{}";
    case '&':
    case '%':
    case '$':
    case '#':
    case '_':
    case '{':
    case '}':
      return std::string("\\") + c;
    default:
      return c >= 0 && c < ' ' ? " " : std::string(1, c);
  }
}

std::string escaped(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    size_t taken = 0;
    for (const auto& [sign, words] : replacements()) {
      if (text.compare(i, sign.size(), sign) != 0) continue;
      out += words;
      taken = sign.size();
    }
    if (taken == 0) out += escaped_sign(text[i]);
    i += taken == 0 ? 1 : taken;
  }
  return out;
}

/// On one line of a comment, whatever the text holds.
std::string comment(const std::string& text) {
  std::string out = "% ";
  for (const char c : text) out += c >= 0 && c < ' ' ? ' ' : c;
  return out + "\n";
}

std::string cell_text(const GroupShowing& showing, const Cell& cell) {
  const auto text = escaped(measured_text(cell, showing.rule()));
  if (text.empty()) return escaped(empty_cell_text(cell));
  const auto* rank = showing.rank(cell, showing.rule());
  return rank != nullptr && rank->ties_best ? "\\textbf{" + text + "}" : text;
}

/// What runs elsewhere is marked in the table itself, which is copied into papers without its comments.
std::string origin_mark(const Row& row) {
  return row.status == Row::Status::imported ? " (predictions scored, training not verified)" : "";
}

std::string row_lines(const GroupShowing& showing, const Row& row) {
  std::vector<std::string> ids, measured = {escaped(row.title + origin_mark(row))}, published = {"\\quad published"};
  bool any_published = false;
  for (const auto& column : showing.group().columns) {
    const auto& cell = showing.cell(row, column);
    ids.push_back(cell.id(*showing.table().protocol));
    measured.push_back(cell_text(showing, cell));
    const auto printed = escaped(showing.shown(cell, "published", showing.rule()).text);
    published.push_back(printed.empty() ? "" : "{\\footnotesize " + printed + "}");
    any_published = any_published || !printed.empty();
  }
  const bool elsewhere = row.status == Row::Status::imported;
  std::string text =
      comment(join(ids, " ")) + (elsewhere ? comment(row_note(row)) : "") + "  " + join(measured, " & ") + " \\\\\n";
  if (any_published) text += "  " + join(published, " & ") + " \\\\\n";
  return text;
}

std::string group_table(const GroupShowing& showing) {
  const auto& group = showing.group();
  const auto& protocol = *showing.table().protocol;
  std::vector<std::string> head = {""};
  for (const auto& column : group.columns) head.push_back(escaped(column.title));
  std::string text =
      "\\begin{table}\n  \\centering\n  \\caption{" + escaped(group.title) + ": test " +
      (protocol.lower_is_better ? "error area" : "accuracy") + " in percent, " + escaped(rule_words(showing.rule())) +
      ", mean $\\pm$ standard deviation over seeds (number of seeds). " +
      "Bold: the best and all that tie with it (paired Student-t, Holm, level 0.05).}\n" +
      "  \\label{tab:" + protocol.id + ":" + group.id + "}\n  \\begin{tabular}{l" +
      std::string(group.columns.size(), 'c') + "}\n  \\toprule\n  " + join(head, " & ") + " \\\\\n  \\midrule\n";
  for (const auto& row : group.rows) text += row_lines(showing, row);
  return text + "  \\bottomrule\n  \\end{tabular}\n\\end{table}\n";
}

}  // namespace

ReportFiles render_latex(const std::vector<ReportInput>& inputs) {
  ReportFiles files;
  for (const auto& input : inputs) {
    const auto table = make_table(*input.protocol, *input.facts, *input.records, input.skipped);
    std::string text = comment("made by " + command_of(input, "report", "") + "; needs \\usepackage{booktabs}") +
                       comment(first_sentence(table));
    for (const auto& group : input.protocol->groups) text += "\n" + group_table(GroupShowing(table, group));
    files[input.protocol->id + ".tex"] = text;
  }
  return files;
}

}  // namespace nlb
