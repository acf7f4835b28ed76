// reports/pages/twin_gap.h -- rows under their own configuration beside the same rows of the table's one-recipe twin:
// what tuning gains.
#pragma once

#include <kainjow/mustache.hpp>
#include <vector>

#include "reports/pages/showing.h"

namespace nlb {

struct TwinGap {
  const Cell* own = nullptr;
  const Cell* twin = nullptr;
  /// Own minus twin on shared seed entries, Holm over all gaps of the group.
  PairedTest test;
};
/// Cells of one row id and column that both tables measured on the same data and noise, with two shared seed entries or
/// more; in the group's order, under its rule.
std::vector<TwinGap> twin_gaps(const GroupShowing& showing, const Table& twin);

/// {title, href, any, names, lines[{name, cells[{text}]}]}: only rows and columns that have a gap.
kainjow::mustache::data twin_gap_data(const GroupShowing& showing, const Table& twin);

}  // namespace nlb
