// reports/judging/claims.h -- the comparisons that a source makes between cells, judged on the measured ones.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/judging/comparisons.h"

namespace nlb {

enum class ClaimVerdict { holds, fails, undecided };
std::string claim_word(ClaimVerdict verdict);

struct ClaimComparison {
  const Cell* better = nullptr;  ///< of the row that is claimed to be better
  const Cell* worse = nullptr;
  std::optional<PairedTest> test;  ///< absent where the two are not both measured with two shared seeds
};

struct JudgedClaim {
  const Claim* claim = nullptr;
  ClaimVerdict verdict = ClaimVerdict::undecided;
  std::vector<ClaimComparison> comparisons = {};
  int in_favour = 0, against = 0;  ///< comparisons whose own p is below the level, by direction
  int not_measured = 0;            ///< comparisons without a test
  double adjusted_p = 1;           ///< Holm over the claims of the table
  std::string reason = {};         ///< "11 of 12 comparisons measured; 9 in favour, 1 against"
};

/// A claim holds when every comparison is measured and in its favour: its p is the largest of them (all must hold, so
/// none is corrected for the others); it fails when the smallest p against it, times the number of comparisons, is
/// below the level. Then Holm over all claims of the table. Under each group's default rule.
std::vector<JudgedClaim> judge_claims(const Table& table);

}  // namespace nlb
