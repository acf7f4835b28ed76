// reports/judging/rank_agreement.h -- whether two columns order the rows alike: Kendall's tau-b (Kendall, "The
// treatment of ties in ranking problems", Biometrika 33, 1945) with an interval over the choice of rows.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/judging/cells.h"

namespace nlb {

inline constexpr size_t kFewestRanked = 5;  ///< rows that two columns share; below, an interval says nothing
inline constexpr int kResamplings = 2000;   ///< of the bootstrap

/// tau-b of two lists of equal length; absent where all values of one are equal, or with fewer than two.
std::optional<double> kendall_tau_b(std::span<const double> first, std::span<const double> second);

/// The percentile bootstrap over the rows: as many rows drawn with replacement, tau-b of them, 2,000 times, quantiles
/// .025 and .975 (linear between order statistics, as numpy). It says how far the answer hangs on which methods stand
/// in the table, not on the seeds. Draws without a tau are left out. The same lists give the same interval everywhere.
struct Agreement {
  const Column* first = nullptr;
  const Column* second = nullptr;
  int rows = 0;
  double tau = 0, low = 0, high = 0;
  bool sure() const { return low > 0 || high < 0; }
};

/// Tau and interval of two lists; `first` and `second` of the result are left empty.
std::optional<Agreement> agreement_of(std::span<const double> first, std::span<const double> second);

/// Each pair of columns of one setting of which at least kFewestRanked rows are measured whole and comparable, in the
/// group's order.
std::vector<Agreement> rank_agreements(const Table& table, const Group& group, const std::string& rule);

}  // namespace nlb
