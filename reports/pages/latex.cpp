// reports/pages/latex.cpp -- the LaTeX twin: a booktabs table per group, best in bold with all that tie, published
// values in small print below.
#include <algorithm>

#include "core/text.h"
#include "reports/judging/class_accuracy.h"
#include "reports/judging/rules.h"
#include "reports/pages/latex_text.h"
#include "reports/pages/report.h"
#include "reports/pages/row_facts.h"
#include "reports/pages/showing.h"
#include "reports/pages/wording.h"

namespace nlb {
namespace {

/// On one line of a comment, whatever the text holds.
std::string comment(const std::string& text) {
  std::string out = "% ";
  for (const char c : text) out += c >= 0 && c < ' ' ? ' ' : c;
  return out + "\n";
}

/// `text` without its comments, which may hold any sign.
std::string typeset(const std::string& text) {
  std::string out;
  for (const auto& line : split(text, '\n')) {
    if (!line.starts_with("%")) out += line + "\n";
  }
  return out;
}

/// What cells say beside their numbers, below the table, each text once: "a".
class TableNotes {
 public:
  std::string mark(const std::string& text) {
    if (text.empty()) return {};
    const auto found = std::find(texts_.begin(), texts_.end(), text);
    const auto place = static_cast<size_t>(found - texts_.begin());
    if (found == texts_.end()) texts_.push_back(text);
    return "\\textsuperscript{" + machine_mark(place) + "}";
  }
  std::string lines() const {
    std::string text;
    for (size_t i = 0; i < texts_.size(); ++i)
      text += "  \\par{\\footnotesize\\textsuperscript{" + machine_mark(i) + "} " + latex_escaped(texts_[i]) + "}\n";
    return text;
  }

 private:
  std::vector<std::string> texts_;
};

std::string cell_text(const GroupShowing& showing, const Cell& cell, TableNotes& notes) {
  auto marks = notes.mark(showing.aside(cell, showing.rule()));
  marks += notes.mark(missing_class_text(cell, showing.class_accuracy(cell)));
  const auto text = latex_escaped(measured_text(cell, showing.rule()));
  if (text.empty()) return (cell.seeds.empty() ? latex_escaped(empty_cell_text(cell)) : "--") + marks;
  const auto* rank = showing.rank(cell, showing.rule());
  return (rank != nullptr && rank->ties_best ? "\\textbf{" + text + "}" : text) + marks;
}

/// What came from elsewhere is marked in the table itself, which is copied into papers without its comments.
std::string origin_mark(const Row& row) {
  const auto origin = origin_words(row);
  return origin.empty() ? origin : " (" + origin + ")";
}

/// "  \\quad published & {\footnotesize 91.2} \\\\", or nothing where no field says anything.
std::string small_line(const std::string& title, const std::vector<std::string>& fields) {
  if (std::all_of(fields.begin(), fields.end(), [](const std::string& field) { return field.empty(); })) return {};
  std::string text = "  \\quad " + title;
  for (const auto& field : fields) text += " & " + (field.empty() ? field : "{\\footnotesize " + field + "}");
  return text + " \\\\\n";
}

std::string row_lines(const GroupShowing& showing, const Row& row, TableNotes& notes) {
  std::vector<std::string> ids, measured = {latex_escaped(row.title + origin_mark(row))}, balanced, published;
  for (const auto& column : showing.group().columns) {
    const auto& cell = showing.cell(row, column);
    ids.push_back(cell.id(*showing.table().protocol));
    measured.push_back(cell_text(showing, cell, notes));
    balanced.push_back(latex_escaped(showing.shown(cell, "balanced", showing.rule()).text));
    published.push_back(latex_escaped(showing.shown(cell, "published", showing.rule()).text));
  }
  return comment(join(ids, " ")) + (origin_words(row).empty() ? "" : comment(row_note(row))) + "  " +
         join(measured, " & ") + " \\\\\n" + small_line("balanced (last)", balanced) +
         small_line("published", published);
}

std::string group_table(const GroupShowing& showing) {
  const auto& group = showing.group();
  const auto& protocol = *showing.table().protocol;
  std::vector<std::string> head = {""};
  for (const auto& column : group.columns) head.push_back(latex_escaped(column.title));
  std::string text =
      "\\begin{table}\n  \\centering\n  \\caption{" + latex_escaped(group.title) + ": test " +
      (protocol.lower_is_better ? "error area" : "accuracy") + " in percent, " +
      latex_escaped(rule_words(showing.rule())) + ", mean $\\pm$ standard deviation over seeds (number of seeds). " +
      "Bold: the best and all that tie with it (paired Student-t, Holm, level 0.05).}\n" +
      "  \\label{tab:" + protocol.id + ":" + group.id + "}\n  \\begin{tabular}{l" +
      std::string(group.columns.size(), 'c') + "}\n  \\toprule\n  " + join(head, " & ") + " \\\\\n  \\midrule\n";
  TableNotes notes;
  for (const auto& row : group.rows) text += row_lines(showing, row, notes);
  return text + "  \\bottomrule\n  \\end{tabular}\n" + notes.lines() + "\\end{table}\n";
}

}  // namespace

ReportFiles render_latex(const std::vector<ReportInput>& inputs) {
  ReportFiles files;
  for (const auto& input : inputs) {
    const auto table = table_of(input);
    const auto classes = class_accuracies(table);
    std::string tables;
    for (const auto& group : input.protocol->groups)
      tables += "\n" + group_table(GroupShowing(table, group, {.classes = &classes}));
    const auto needs = latex_needs(typeset(tables));
    const std::string text = comment("made by " + report_command(input) + "; needs \\usepackage{booktabs}" +
                                     (needs.empty() ? needs : ", " + needs)) +
                             comment(first_sentence(table)) + tables;
    files[input.protocol->id + ".tex"] = text;
  }
  return files;
}

}  // namespace nlb
