// reports/judging/comparisons.h -- rows against rows of one group: paired on the same seed entries, Student-t on the
// per-seed differences, Holm over all pairs of a column. docs/verdicts.md says why.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/judging/cells.h"

namespace nlb {

inline constexpr double kTieLevel = 0.05;  ///< rows differ where the adjusted p is below

/// Paired Student-t over the seed entries that two cells share.
struct PairedTest {
  int n = 0;               ///< shared seed entries, at least 2
  double difference = 0;   ///< mean of first - second in points, turned so that positive means that first is better
  double uncertainty = 0;  ///< 95 % half width, n - 1 degrees of freedom
  double p = 1;            ///< two-sided
  double adjusted_p = 1;   ///< Holm over the family that the test belongs to; p where it belongs to none
  bool differs(double level = kTieLevel) const { return adjusted_p < level; }
};
/// Absent with fewer than two shared seed entries. Differences that spread less than half a test image count as
/// spreading so much: three equal counts are luck, not certainty.
std::optional<PairedTest> paired_test(const Cell& first, const Cell& second, const std::string& rule,
                                      bool lower_is_better);

struct CellPair {
  const Cell* first = nullptr;
  const Cell* second = nullptr;  ///< behind first in the ranking
  PairedTest test;
};

/// Where a row stands in a column. "2–4": one row is surely better, and all but the rows behind 4 may be.
struct Rank {
  const Cell* cell = nullptr;
  double mean = 0;
  int low = 1, high = 1;  ///< the interval: 1 + rows that are surely better, count - rows that are surely worse
  /// Does not differ from the row of the best mean (which ties itself): these stand in bold. Never where one row alone
  /// is ranked.
  bool ties_best = false;
};

/// A row that is not ranked, and why: not measured whole, seeds that spread too far, too few of them.
struct Unranked {
  const Cell* cell = nullptr;
  std::string reason;
};

struct ColumnRanking {
  const Column* column = nullptr;
  std::string rule;
  std::vector<Rank> ranks = {};                            ///< best mean first
  std::vector<std::vector<const Cell*>> tie_groups = {};   ///< maximal runs of neighbours of whom no two differ
  std::vector<CellPair> pairs = {};                        ///< all of them, Holm over these
  std::vector<Unranked> unranked = {};                     ///< of measured rows
  const Rank* find(const Row& row) const;                  ///< null for an unranked row
  std::string unranked_reason(const Row& row) const;       ///< "" for a ranked row
  const CellPair* find(const Row& a, const Row& b) const;  ///< in either order
};
/// Ranks only cells that are measured whole and whose seeds do not spread too far; with fewer than two of them there
/// are no pairs.
ColumnRanking rank_column(const Table& table, const Group& group, const Column& column, const std::string& rule);

/// In how many columns of one setting `row` is surely better, surely worse, or neither than `other`.
struct PairwiseWins {
  const Row* row = nullptr;
  const Row* other = nullptr;
  int wins = 0, losses = 0, ties = 0;
};
/// Both orders of each pair that meets in at least one column; rows in the group's order.
std::vector<PairwiseWins> pairwise_wins(const std::vector<ColumnRanking>& rankings, const Group& group);

/// "2" or "2–4".
std::string rank_text(const Rank& rank);

}  // namespace nlb
