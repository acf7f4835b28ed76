// reports/pages/seed_dots.h -- the seeds of a cell as dots on a short line, published values as hollow marks beside
// them.
#pragma once

#include <kainjow/mustache.hpp>
#include <string>

#include "reports/judging/cells.h"

namespace nlb {

/// {empty} or {low, high, dots[{x, y, text, href?}], marks[{x, text}]}; the line spans the values of the cell.
kainjow::mustache::data seed_dots_data(const Cell& cell, const std::string& rule, bool run_views);

}  // namespace nlb
