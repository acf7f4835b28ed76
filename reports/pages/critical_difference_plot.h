// reports/pages/critical_difference_plot.h -- average ranks on a line, joined where they do not differ.
#pragma once

#include <kainjow/mustache.hpp>
#include <vector>

#include "reports/judging/cells.h"

namespace nlb {

/// {reason} or {width, height, ticks, rows[{x, y, anchor, title, rank}], bars[{x1, x2, y}], difference, p, blocks}.
kainjow::mustache::data critical_difference_data(const std::vector<const Table*>& tables);

}  // namespace nlb
