#include "reports/pages/page_data.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/text.h"
#include "reports/judging/rules.h"
#include "reports/pages/wording.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

constexpr size_t kLargestTable = 16;  // classes
constexpr int kLevels = 9;

/// 0 for nothing, then 1 to kLevels by the square root of the share: off-diagonal cells are small and matter.
int shade(double count, double row_sum) {
  if (count <= 0 || row_sum <= 0) return 0;
  return std::clamp(static_cast<int>(std::ceil(kLevels * std::sqrt(count / row_sum))), 1, kLevels);
}

/// Shades of a matrix, row by row.
template <typename Count>
std::vector<int> shades(const std::vector<Count>& counts, size_t classes) {
  std::vector<int> list;
  for (size_t i = 0; i < classes; ++i) {
    double sum = 0;
    for (size_t j = 0; j < classes; ++j) sum += static_cast<double>(counts[i * classes + j]);
    for (size_t j = 0; j < classes; ++j) list.push_back(shade(static_cast<double>(counts[i * classes + j]), sum));
  }
  return list;
}

/// One path a shade, of runs of equal cells: 10,000 cells in a few kilobytes.
data drawn_levels(const std::vector<int>& cells, size_t classes) {
  data list{data::type::list};
  for (int level = 1; level <= kLevels; ++level) {
    std::string path;
    for (size_t i = 0; i < classes; ++i) {
      for (size_t j = 0; j < classes;) {
        size_t end = j;
        while (end < classes && cells[i * classes + end] == level) ++end;
        if (end > j) {
          const auto width = std::to_string(end - j);
          path += "M" + std::to_string(j) + " " + std::to_string(i) + "h" + width + "v1h-" + width + "z";
        }
        j = end + 1;
      }
    }
    if (path.empty()) continue;
    data entry;
    entry.set("level", std::to_string(level));
    entry.set("path", path);
    list.push_back(entry);
  }
  return list;
}

}  // namespace

data flag(bool value) { return value ? data{data::type::bool_true} : data{data::type::bool_false}; }

void set_text(data& entry, const std::string& name, const std::string& text) {
  entry.set(name, text.empty() ? flag(false) : data{text});
}

data source_data(const Protocol& protocol, const Cell& cell, const PublishedValue& published) {
  data entry, printed{data::type::list};
  entry.set("cell", cell.id(protocol));
  entry.set("value", published_text(published));
  entry.set("rule", rule_words(published.rule));
  for (const auto& copy : published.printed_by) {
    data line;
    line.set("digits", copy.printed);
    line.set("source", copy.source);
    line.set("kind", copy.kind);
    printed.push_back(line);
  }
  entry.set("printed", printed);
  set_text(entry, "note", published.note);
  return entry;
}

template <typename Count>
data matrix_data(const std::string& caption, const std::vector<Count>& counts, size_t classes) {
  data section, lines{data::type::list}, names{data::type::list};
  const auto cells_shades = shades(counts, classes);
  section.set("caption", caption);
  section.set("small", flag(classes <= kLargestTable));
  section.set("size", std::to_string(classes));
  if (classes > kLargestTable) {
    section.set("levels", drawn_levels(cells_shades, classes));
    return section;
  }
  for (size_t i = 0; i < classes; ++i) {
    data cells{data::type::list}, row;
    for (size_t j = 0; j < classes; ++j) {
      data cell;
      cell.set("count", std::to_string(counts[i * classes + j]));
      cell.set("level", std::to_string(cells_shades[i * classes + j]));
      cells.push_back(cell);
    }
    row.set("name", std::to_string(i));
    row.set("cells", cells);
    lines.push_back(row);
    names.push_back(std::to_string(i));
  }
  section.set("names", names);
  section.set("lines", lines);
  return section;
}

template data matrix_data(const std::string&, const std::vector<int64_t>&, size_t);
template data matrix_data(const std::string&, const std::vector<int32_t>&, size_t);

}  // namespace nlb
