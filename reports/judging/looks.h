// reports/judging/looks.h -- `run --until-decided`: where a table's verdicts ask for further seeds. It looks only at
// the seed counts that the protocol lists, and splits its error over them (docs/verdicts.md).
#pragma once

#include <array>
#include <set>
#include <string>

#include "reports/judging/cells.h"

namespace nlb {

using Place = std::array<std::string, 4>;  ///< protocol, group, row, setting

/// Settings of the cells that further seeds may decide: those with a value that is consistent or undecided, where a
/// number of further seeds would decide. Without a published value, or where the published side is too uncertain, where
/// seeds failed or spread, none.
std::set<Place> open_places(const Table& table);

/// Judges a folder's records of `trials` as looked at, whoever ran them.
void mark_looks(RecordIndex& records, const std::set<std::string>& trials, const std::vector<int>& looks);

}  // namespace nlb
