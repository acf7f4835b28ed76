#include "core/text.h"
#include "reports/pages/escape.h"
#include "reports/pages/page_data.h"
#include "reports/pages/sections.h"
#include "reports/pages/wording.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

struct Line {
  std::string name;
  const ClassAccuracy* accuracy;
};

/// Rows that have their classes told at one column.
std::vector<Line> lines_of(const GroupShowing& showing, const Column& column) {
  std::vector<Line> lines;
  for (const auto& row : showing.group().rows) {
    const auto* accuracy = showing.class_accuracy(showing.cell(row, column));
    if (accuracy != nullptr) lines.push_back({row.title, accuracy});
  }
  return lines;
}

std::string percent_text(const Sample& sample) {
  std::string text = fixed(sample.mean, 1);
  if (sample.n > 1) text += " ± " + fixed(sample.deviation, 1);
  return text;
}

std::string class_text(const OneClass& one) {
  if (one.never_predicted == 0) return percent_text(one.recall);
  if (one.never_predicted == one.recall.n) return "never predicted";
  return percent_text(one.recall) + ", never predicted by " + std::to_string(one.never_predicted) + " of " +
         std::to_string(one.recall.n) + " seeds";
}

std::string images_text(int64_t images) { return std::to_string(images) + (images == 1 ? " image" : " images"); }

data line_data(const Line& line) {
  data entry, cells{data::type::list};
  for (const auto& one : line.accuracy->classes) {
    data cell;
    cell.set("text", class_text(one));
    cell.set("class", std::string(one.never_predicted > 0 ? "behind" : "even"));
    cells.push_back(cell);
  }
  entry.set("name", line.name);
  entry.set("balanced", percent_text(line.accuracy->balanced));
  entry.set("cells", cells);
  return entry;
}

}  // namespace

data class_tables_data(const GroupShowing& showing) {
  data tables{data::type::list};
  for (const auto& column : showing.group().columns) {
    const auto found = lines_of(showing, column);
    if (found.empty()) continue;
    data table, classes{data::type::list}, lines{data::type::list};
    for (const auto& one : found.front().accuracy->classes) {
      data entry;
      entry.set("name", one.name);
      entry.set("images", images_text(one.images));
      classes.push_back(entry);
    }
    for (const auto& line : found) lines.push_back(line_data(line));
    table.set("column", column.title);
    table.set("classes", classes);
    table.set("lines", lines);
    tables.push_back(table);
  }
  return tables;
}

std::string class_tables_markdown(const GroupShowing& showing) {
  std::string text;
  for (const auto& column : showing.group().columns) {
    const auto found = lines_of(showing, column);
    if (found.empty()) continue;
    text +=
        "\n### Accuracy by class: " + markdown_escaped(column.title) +
        "\n\nPercent of each class's test images, last epoch; balanced: the mean of the classes.\n\n| row | balanced |";
    std::string rule = "|---|---|";
    for (const auto& one : found.front().accuracy->classes) {
      text += " " + markdown_escaped(one.name) + " (" + images_text(one.images) + ") |";
      rule += "---|";
    }
    text += "\n" + rule + "\n";
    for (const auto& line : found) {
      text += "| " + markdown_escaped(line.name) + " | " + percent_text(line.accuracy->balanced) + " |";
      for (const auto& one : line.accuracy->classes) text += " " + class_text(one) + " |";
      text += "\n";
    }
  }
  return text;
}

}  // namespace nlb
