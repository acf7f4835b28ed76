#include "reports/judging/verdict.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/text.h"

namespace nlb {
namespace {

// Where a source prints a deviation and does not say of how many runs.
constexpr int kAssumedRuns = 3;
constexpr double kOneSidedError = 0.025;
constexpr int kMostSeeds = 1000;       // beyond this "more seeds" is no advice
constexpr double kUnstableSpread = 5;  // times the tolerance

double half_unit(const PublishedValue& published) { return 0.5 * std::pow(10.0, -published.decimals); }

struct Interval {
  double uncertainty = 0, freedom = 0;
};

/// All that a verdict needs besides the number of seeds.
struct Comparison {
  const PublishedValue& published;
  double delta = 0, deviation = 0, tolerance = 0;
  int looks = 1;
  bool may_match = true;

  Interval interval(int n) const {
    const double variance = deviation * deviation;
    std::vector<VarianceTerm> terms = {{variance / n, static_cast<double>(n - 1)},
                                       published_term(published, deviation, n)};
    // A draw that the published runs shared and ours does not reproduce moves all of them together.
    if (!published.shared.empty()) terms.push_back({variance, static_cast<double>(n - 1)});
    double sum = 0;
    for (const auto& term : terms) sum += term.variance;
    // Our deviation stands on both sides where theirs is not printed, so it carries no freedom of its own.
    const double freedom = published.deviation ? welch_freedom(terms) : n - 1;
    // Each look of --until-decided gets its share of the error, so that all together keep to it.
    return {student_t_quantile(1 - kOneSidedError / looks, freedom) * std::sqrt(sum) + half_unit(published), freedom};
  }

  Verdict place(double uncertainty) const {
    const double low = delta - uncertainty;
    const double high = delta + uncertainty;
    // An interval wholly within the tolerance is a match, one wholly beyond it better or worse. One that reaches out of
    // it and holds 0 contradicts nothing and proves nothing.
    if (may_match && low >= -tolerance && high <= tolerance) return Verdict::match;
    if (low > tolerance) return Verdict::better;
    if (high < -tolerance) return Verdict::worse;
    return low <= 0 && high >= 0 ? Verdict::consistent : Verdict::undecided;
  }

  bool decided_with(int n) const { return decides(place(interval(n).uncertainty)); }
};

/// The least number of further seeds with which the rule would decide, if mean and deviation stayed as they are: the
/// interval only narrows, so bisection finds it.
std::optional<int> further_seeds(const Comparison& comparison, int n) {
  if (!comparison.decided_with(n + kMostSeeds)) return std::nullopt;
  int undecided = 0;
  int decided = kMostSeeds;
  while (decided - undecided > 1) {
    const int middle = (undecided + decided) / 2;
    (comparison.decided_with(n + middle) ? decided : undecided) = middle;
  }
  return decided;
}

std::string undecided_reason(const Judgement& judgement) {
  if (judgement.further_seeds) return std::to_string(*judgement.further_seeds) + " further seeds would decide";
  return "no number of further seeds decides: the published side is too uncertain";
}

}  // namespace

std::optional<std::string> wide_spread(std::span<const double> values, double tolerance) {
  if (values.size() < 2) return std::nullopt;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*high - *low <= kUnstableSpread * tolerance) return std::nullopt;
  return "seeds spread over " + fixed(*high - *low, 2) + " points, more than " + fixed(kUnstableSpread * tolerance, 1);
}

std::optional<std::string> instability(const MeasuredCell& measured, double tolerance) {
  const int n = static_cast<int>(measured.values.size());
  if (measured.seeds_with_missing_class > 0 && measured.seeds_with_missing_class < n) {
    return std::to_string(measured.seeds_with_missing_class) + " of " + std::to_string(n) +
           " seeds never predict some class";
  }
  return wide_spread(measured.values, tolerance);
}

bool decides(Verdict verdict) {
  return verdict == Verdict::match || verdict == Verdict::better || verdict == Verdict::worse;
}

VarianceTerm published_term(const PublishedValue& published, double our_deviation, int n) {
  if (!published.deviation) return {our_deviation * our_deviation, static_cast<double>(n - 1)};
  // A printed 0 was rounded: the deviation may be up to half a unit of the last digit.
  const double deviation = *published.deviation == 0 ? half_unit(published) : *published.deviation;
  const int runs = std::max(2, published.runs.value_or(kAssumedRuns));
  // A standard error is that of the mean already; of a kind that is not known the larger reading is taken.
  const double divisor = published.deviation_kind == "standard_deviation" ? runs : 1;
  return {deviation * deviation / divisor, static_cast<double>(runs - 1)};
}

Judgement judge(const MeasuredCell& measured, const PublishedValue& published, double tolerance, bool lower_is_better) {
  NLB_CHECK(!measured.values.empty(), "a cell without a value has no verdict");
  const auto sample = summarise(measured.values);
  const Comparison comparison{.published = published,
                              .delta = (sample.mean - published.value) * (lower_is_better ? -1 : 1),
                              .deviation = sample.deviation,
                              .tolerance = tolerance,
                              .looks = measured.looks,
                              // Where our seeds do not vary the draws that the published runs shared, the interval does
                              // not hold what another draw would do.
                              .may_match = published.shared.empty() || measured.varied_the_shared_draws};
  Judgement result{.delta = comparison.delta};
  result.deviation_assumed = !published.deviation;
  result.runs_assumed = published.deviation && !published.runs;
  if (const auto reason = instability(measured, tolerance)) {
    result.verdict = Verdict::unstable;
    result.reason = *reason;
    return result;
  }
  if (sample.n < 2) {
    result.reason = "one measured seed decides nothing; a second one gives an interval";
    result.further_seeds = 1;
    return result;
  }
  const auto now = comparison.interval(sample.n);
  result.uncertainty = now.uncertainty;
  result.freedom = now.freedom;
  result.verdict = comparison.place(now.uncertainty);
  if (decides(result.verdict)) return result;
  result.further_seeds = further_seeds(comparison, sample.n);
  if (result.verdict == Verdict::undecided) result.reason = undecided_reason(result);
  return result;
}

}  // namespace nlb
