#include "reports/judging/claims.h"

#include <algorithm>

#include "reports/judging/judging.h"
#include "reports/judging/rules.h"
#include "reports/judging/statistics.h"

namespace nlb {
namespace {

std::vector<ClaimComparison> comparisons_of(const Table& table, const Claim& claim) {
  const auto& others = table.protocol->group(claim.worse_group).rows;
  const auto rule = default_rule(table.protocol->group(claim.group));
  std::vector<ClaimComparison> list;
  for (const auto& column : claim.columns) {
    const auto& better = *table.find(claim.group, claim.better, column);
    for (const auto& row : others) {
      if (claim.worse.empty() ? row.id == claim.better : row.id != claim.worse) continue;
      const auto& worse = *table.find(claim.worse_group, row.id, column);
      ClaimComparison one{.better = &better, .worse = &worse, .test = std::nullopt};
      if (!incomparable(table, better, rule) && !incomparable(table, worse, rule))
        one.test = paired_test(better, worse, rule, table.protocol->lower_is_better);
      list.push_back(one);
    }
  }
  return list;
}

/// p of the two conclusions; 1 where it cannot be drawn.
struct ClaimP {
  double holds = 1, fails = 1;
  double least() const { return std::min(holds, fails); }
};

ClaimP p_of(const JudgedClaim& judged) {
  ClaimP p;
  if (judged.not_measured == 0 && !judged.comparisons.empty()) {
    // A claim holds when all its comparisons do, so the weakest of them decides (an intersection-union test: no
    // correction).
    p.holds = 0;
    for (const auto& one : judged.comparisons) p.holds = std::max(p.holds, one.test->difference > 0 ? one.test->p : 1);
  }
  for (const auto& one : judged.comparisons) {
    if (one.test && one.test->difference < 0)
      // One contrary comparison refutes it; it was looked for among all of them, hence Bonferroni.
      p.fails = std::min(p.fails, one.test->p * static_cast<double>(judged.comparisons.size()));
  }
  return p;
}

void count(JudgedClaim& judged) {
  for (const auto& one : judged.comparisons) {
    if (!one.test) {
      ++judged.not_measured;
    } else if (one.test->differs()) {  // without a family of its own the adjusted p is the p
      ++(one.test->difference > 0 ? judged.in_favour : judged.against);
    }
  }
  const auto all = static_cast<int>(judged.comparisons.size());
  judged.reason = std::to_string(all - judged.not_measured) + " of " + std::to_string(all) +
                  (all == 1 ? " comparison" : " comparisons") + " measured: " + std::to_string(judged.in_favour) +
                  " in favour, " + std::to_string(judged.against) + " against at p < .05 each";
}

}  // namespace

std::string claim_word(ClaimVerdict verdict) {
  switch (verdict) {
    case ClaimVerdict::holds:
      return "holds";
    case ClaimVerdict::fails:
      return "fails";
    case ClaimVerdict::undecided:
      return "undecided";
  }
  return "";
}

std::vector<JudgedClaim> judge_claims(const Table& table) {
  std::vector<JudgedClaim> list;
  std::vector<double> p;
  for (const auto& claim : table.protocol->claims) {
    JudgedClaim judged{.claim = &claim, .comparisons = comparisons_of(table, claim)};
    count(judged);
    p.push_back(p_of(judged).least());
    list.push_back(std::move(judged));
  }
  const auto adjusted = holm(p);
  for (size_t i = 0; i < list.size(); ++i) {
    list[i].adjusted_p = adjusted[i];
    if (adjusted[i] >= kTieLevel) continue;
    const auto both = p_of(list[i]);
    list[i].verdict = both.holds < both.fails ? ClaimVerdict::holds : ClaimVerdict::fails;
  }
  return list;
}

}  // namespace nlb
