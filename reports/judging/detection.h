// reports/judging/detection.h -- curves of a table's records, read once for all its plots and for the detection view:
// how well the method's score (or the loss) tells wrong labels from right ones.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "reports/judging/cells.h"
#include "results/curve_columns.h"

namespace nlb {

/// Curves by record. A record whose file is missing or wrong has none here; its run view says why.
using TableCurves = std::map<const Record*, CurveColumns>;
/// Reads them on as many threads as there are cores.
TableCurves read_table_curves(const Table& table);

/// Over the last epoch that saw right and wrong labels; means over the seeds of a cell of one setting.
struct DetectionSummary {
  int n = 0;  ///< seeds
  double auroc = 0, auroc_deviation = 0;
  double average_precision = 0, recall_at_wrong = 0;
  std::string score;  ///< the method's own, or "loss"
};
using DetectionValues = std::map<const Cell*, DetectionSummary>;
/// Cells without label noise or curves are left out.
DetectionValues detection_values(const Table& table, const TableCurves& curves);

}  // namespace nlb
