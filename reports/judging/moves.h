// reports/judging/moves.h -- one table measured twice (two builds, two machines): cell by cell, paired by seed entry.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/judging/comparisons.h"

namespace nlb {

struct CellMove {
  std::string id;  ///< of the cell
  std::string rule;
  const Cell* before = nullptr;
  const Cell* after = nullptr;
  /// after - before, positive is better; absent where fewer than two seed entries are shared.
  std::optional<PairedTest> test;
  std::string reason = {};  ///< why there is no test, else ""
};

/// Tables of the same protocols, in the same order, from the records of either side. Cells that neither side measured
/// are left out. Holm over all tests; largest movers first, then the cells without a test. `rule`: "" takes each
/// group's default.
std::vector<CellMove> cell_moves(const std::vector<Table>& before, const std::vector<Table>& after,
                                 const std::string& rule);

}  // namespace nlb
