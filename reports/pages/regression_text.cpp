#include "reports/pages/regression_text.h"

#include <algorithm>

#include "core/text.h"
#include "reports/pages/escape.h"
#include "reports/pages/wording.h"

namespace nlb {
namespace {

std::string mean_text(double mean, int seeds) {
  return seeds == 0 ? "–" : fixed(mean, 2) + " (" + std::to_string(seeds) + ")";
}

int count(const CheckResult& result, Guarded state) {
  return static_cast<int>(std::count_if(result.cells.begin(), result.cells.end(),
                                        [&](const CheckedCell& cell) { return cell.state == state; }));
}

std::string table_line(const std::vector<std::string>& words) {
  std::string line = "|";
  for (const auto& word : words) line += " " + markdown_escaped(word) + " |";
  return line + "\n";
}

/// "protocol/row/column" -> "protocol/row", "column": a column's name may hold slashes.
std::pair<std::string, std::string> split_id(const std::string& id) {
  const auto first = id.find('/');
  const auto second = first == std::string::npos ? first : id.find('/', first + 1);
  if (second == std::string::npos) return {id, id};
  return {id.substr(0, second), id.substr(second + 1)};
}

std::string case_text(const CheckedCell& cell) {
  const auto [suite, name] = split_id(cell.id);
  std::string text = "  <testcase classname=\"" + xml_escaped(suite) + "\" name=\"" + xml_escaped(name) + "\"";
  if (!is_fault(cell.state) && !is_gap(cell.state)) return text + "/>\n";
  std::string message = guarded_word(cell.state);
  const auto row = check_row(cell);
  for (size_t i = 2; i < row.size(); ++i) {
    if (!row[i].empty()) message += ", " + check_headings()[i] + " " + row[i];
  }
  const std::string tag = is_fault(cell.state) ? "failure" : "error";
  return text + "><" + tag + " message=\"" + xml_escaped(message) + "\"/></testcase>\n";
}

}  // namespace

const std::vector<std::string>& check_headings() {
  static const std::vector<std::string> headings = {"cell", "result",  "baseline",           "measured",
                                                    "move", "allowed", "smallest move seen", "why"};
  return headings;
}

std::vector<std::string> check_row(const CheckedCell& cell) {
  const bool both = cell.baseline_seeds > 0 && cell.measured_seeds > 0;
  std::string allowed = cell.compared ? "±" + fixed(cell.allowed, 2) : "";
  if (cell.state == Guarded::same_chains || cell.state == Guarded::chains_differ) allowed = "none";
  return {cell.id,
          guarded_word(cell.state),
          mean_text(cell.baseline_mean, cell.baseline_seeds),
          mean_text(cell.measured_mean, cell.measured_seeds),
          both ? signed_text(cell.compared ? cell.move : cell.measured_mean - cell.baseline_mean, 2) : "",
          allowed,
          allowed == "none" ? "one image" : (cell.compared ? fixed(cell.smallest_move, 2) : ""),
          cell.reason};
}

std::string check_sentence(const CheckResult& result) {
  std::vector<std::string> parts;
  for (const auto state :
       {Guarded::failed, Guarded::chains_differ, Guarded::outside, Guarded::not_measured, Guarded::not_compared,
        Guarded::changed, Guarded::blind, Guarded::within, Guarded::same_chains}) {
    if (const int cells = count(result, state); cells > 0)
      parts.push_back(std::to_string(cells) + " " + guarded_word(state));
  }
  std::string text = std::to_string(result.cells.size()) + (result.cells.size() == 1 ? " cell" : " cells") +
                     " of the baseline: " + (parts.empty() ? "nothing is guarded" : join(parts, ", ")) + ".";
  if (count(result, Guarded::blind) > 0)
    text += " Blind: could not have shown a move of " + shortest(result.max_move) + " points (--max-move).";
  if (count(result, Guarded::changed) > 0) text += " Changed: a trial is not the baseline's; accept it with --update.";
  if (!result.unguarded.empty()) text += " Not in the baseline, so not guarded: " + join(result.unguarded, ", ") + ".";
  return text;
}

std::string check_markdown(const CheckResult& result, const Baseline& baseline, const std::string& file) {
  std::string text = "# nlbench check: " + markdown_escaped(file) + "\n\n" + markdown_escaped(check_sentence(result)) +
                     "\n\n" + table_line(check_headings()) + "|";
  for (size_t i = 0; i < check_headings().size(); ++i) text += "---|";
  text += "\n";
  for (const auto& cell : result.cells) text += table_line(check_row(cell));
  text +=
      "\nAccuracies are percent of test images (n: seeds). *move*: measured - baseline, seed by seed. *allowed*: what "
      "seeds that did not move keep to, at most one false alarm in 1,000 unchanged tables (Holm). *smallest move "
      "seen*: "
      "moves of this size are seen in 90 % of changes; a cell that passes and would not have seen " +
      shortest(result.max_move) +
      " points is *blind*. *changed*: a trial is not the baseline's. Neither is a success: exit 4.\n";
  if (!baseline.history.empty()) {
    const auto& last = baseline.history.back();
    text += "\nBaseline last accepted at " + markdown_escaped(last.commit.substr(0, 12)) + ": " +
            markdown_escaped(last.reason) + "\n";
  }
  return text;
}

std::string check_junit(const CheckResult& result, const std::string& file) {
  const auto number = [&](auto fits) {
    return std::to_string(std::count_if(result.cells.begin(), result.cells.end(),
                                        [&](const CheckedCell& cell) { return fits(cell.state); }));
  };
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n <testsuite name=\"" +
                     xml_escaped("nlbench check " + file) + "\" tests=\"" + std::to_string(result.cells.size()) +
                     "\" failures=\"" + number(is_fault) + "\" errors=\"" + number(is_gap) + "\">\n";
  for (const auto& cell : result.cells) text += case_text(cell);
  return text + " </testsuite>\n</testsuites>\n";
}

}  // namespace nlb
