// reports/judging/judging.h -- cells against published values: which rules, which verdict, and what the whole table
// shows.
#pragma once

#include <optional>
#include <string>

#include "reports/judging/cells.h"

namespace nlb {

/// Whether a source prints a value of some row.
bool prints_values(const Protocol& protocol);
/// Smoke runs and the tables of tests say nothing about methods.
bool compares_methods(const Protocol& protocol);

/// Points; the column's own, else the table's.
double tolerance_of(const Protocol& protocol, const std::string& column);

/// Why the cell's mean cannot stand beside those of other rows, in words: it is not measured whole, the rule was not
/// measured, or its seeds spread over more than five tolerances. That some or all seeds never predict a class is no
/// such reason: the accuracy has counted it already, and the cell says it.
std::optional<std::string> incomparable(const Table& table, const Cell& cell, const std::string& rule);

PublishedJudgement judge_published(const Protocol& protocol, const Cell& cell, const PublishedValue& published);

/// Counts over published values of measured and planned rows, and the median half width of the consistent ones.
void count_words(Table& table);
/// Shift of every row and of the table.
void add_shifts(Table& table);

}  // namespace nlb
