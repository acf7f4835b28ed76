// reports/judging.h -- cells against published values: which rules, which verdict, and what the whole table shows.
#pragma once

#include <optional>
#include <string>

#include "reports/cells.h"

namespace nlb {

/// Points; the column's own, else the table's.
double tolerance_of(const Protocol& protocol, const std::string& column);

/// Why the cell's values have no mean to be judged, in words; derived cells look only at the spread of their values.
std::optional<std::string> instability(const Cell& cell, const std::string& rule, double tolerance);

PublishedJudgement judge_published(const Protocol& protocol, const Cell& cell, const PublishedValue& published);

/// Counts over published values of measured and planned rows, and the median half width of the consistent ones.
void count_words(Table& table);
/// Shift of every row and of the table.
void add_shifts(Table& table);

}  // namespace nlb
