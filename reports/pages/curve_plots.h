// reports/pages/curve_plots.h -- what happens during training: test accuracy with what the selection rules pick, how
// much of the wrong labels is memorised, how well wrong labels are told from right ones.
#pragma once

#include <vector>

#include "reports/judging/detection.h"
#include "reports/pages/page_plots.h"

namespace nlb {

/// Means over seeds per row, at one column of one setting. Plots without points are left out.
std::vector<Plot> column_curves(const GroupShowing& showing, const Column& column, const TableCurves& curves);

/// The same of one run, with the epochs that its rules picked.
std::vector<Plot> run_curves(const Record& record);

}  // namespace nlb
