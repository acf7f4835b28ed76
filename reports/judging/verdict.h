// reports/judging/verdict.h -- does a measured cell agree with a published value? The rule of docs/verdicts.md, in one
// pure function.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "protocols/protocol.h"
#include "reports/judging/statistics.h"

namespace nlb {

enum class Verdict { match, consistent, better, worse, undecided, unstable };

/// match, better and worse: further seeds are not asked for.
bool decides(Verdict verdict);

/// One side of the comparison: what was measured under one selection rule.
struct MeasuredCell {
  std::span<const double> values;       ///< per seed, in the published value's unit (percent)
  int seeds_with_missing_class = 0;     ///< seeds whose network never predicts some class (columns of one setting only)
  bool varied_the_shared_draws = true;  ///< our seeds vary the draws that the published runs shared
  int looks = 1;  ///< `--until-decided`: seed counts at which a verdict may have been looked for; the error is split
};

struct Judgement {
  Verdict verdict = Verdict::undecided;
  double delta = 0;  ///< measured mean - published, turned so that positive is good
  /// U: half width of the 95 % interval, half a printed unit included; with k looks of the 1 - 5 % / k interval.
  double uncertainty = 0;
  double freedom = 0;
  bool runs_assumed = false;       ///< published number of runs was not printed: 3
  bool deviation_assumed = false;  ///< published deviation was not printed: ours, one run
  std::optional<int> further_seeds =
      {};  ///< of an undecided or consistent cell: so many more would decide, if mean and deviation stay
  std::string reason = {};  ///< in words, for unstable and undecided
};

/// Variance of the published mean and its degrees of freedom, from n values of ours where no deviation is printed.
VarianceTerm published_term(const PublishedValue& published, double our_deviation, int n);

/// "seeds spread over 12.0 points, more than 2.5" (five tolerances), or nothing: such seeds have no mean to speak of.
std::optional<std::string> wide_spread(std::span<const double> values, double tolerance);

/// Why the values have no mean to be judged, in words: a class that only some seeds never predict, or a wide spread.
std::optional<std::string> instability(const MeasuredCell& measured, double tolerance);

/// tolerance in points, > 0.
Judgement judge(const MeasuredCell& measured, const PublishedValue& published, double tolerance, bool lower_is_better);

}  // namespace nlb
