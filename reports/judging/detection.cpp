#include "reports/judging/detection.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/parallel.h"
#include "reports/judging/statistics.h"

namespace nlb {
namespace {

/// The last finite value of a column; NaN where there is none.
double last_finite(const std::map<std::string, std::vector<double>>& columns, const char* name) {
  const auto found = columns.find(name);
  if (found == columns.end()) return std::nan("");
  const auto& values = found->second;
  const auto last = std::find_if(values.rbegin(), values.rend(), [](double value) { return std::isfinite(value); });
  return last == values.rend() ? std::nan("") : *last;
}

}  // namespace

TableCurves read_table_curves(const Table& table) {
  std::set<const Record*> distinct;
  for (const auto& cell : table.cells) {
    if (cell.column->kind != Column::Kind::setting) continue;
    for (const auto& seed : cell.seeds) distinct.insert(seed.records.front());
  }
  const std::vector<const Record*> records(distinct.begin(), distinct.end());
  std::vector<std::optional<TableCurves::mapped_type>> read(records.size());
  for_each_index(records.size(), [&](size_t i) {
    try {
      read[i] = read_curve_columns(*records[i]);
    } catch (const std::runtime_error&) {  // the record's own numbers stay; its run view says what is wrong
    }
  });
  TableCurves curves;
  for (size_t i = 0; i < records.size(); ++i) {
    if (read[i]) curves.emplace(records[i], std::move(*read[i]));
  }
  return curves;
}

DetectionValues detection_values(const Table& table, const TableCurves& curves) {
  DetectionValues values;
  for (const auto& cell : table.cells) {
    if (cell.column->kind != Column::Kind::setting) continue;
    std::vector<double> auroc, precision, recall;
    std::string score;
    for (const auto& seed : cell.seeds) {
      const auto found = curves.find(seed.records.front());
      if (found == curves.end()) continue;
      const double area = last_finite(found->second.detection, "auroc");
      if (!std::isfinite(area)) continue;
      auroc.push_back(area);
      precision.push_back(last_finite(found->second.detection, "average_precision"));
      recall.push_back(last_finite(found->second.detection, "recall_at_wrong"));
      score = found->second.detection_score;
    }
    if (auroc.empty()) continue;
    const auto sample = summarise(auroc);
    values[&cell] = {.n = sample.n,
                     .auroc = sample.mean,
                     .auroc_deviation = sample.deviation,
                     .average_precision = summarise(precision).mean,
                     .recall_at_wrong = summarise(recall).mean,
                     .score = score};
  }
  return values;
}

}  // namespace nlb
