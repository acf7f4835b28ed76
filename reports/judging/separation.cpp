#include "reports/judging/separation.h"

#include <algorithm>
#include <array>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/text.h"
#include "reports/judging/comparisons.h"

namespace nlb {
namespace {

constexpr int64_t kFewestKnown = 10;

/// Of each sample of one kind: the share of the other kind that it lies beyond (half of those it equals).
struct Placements {
  std::vector<double> wrong, right;
  double area = 0;
};

std::vector<double> of_kind(const std::vector<double>& scores, const std::vector<bool>& wrong, bool kind) {
  std::vector<double> list;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (wrong[i] == kind) list.push_back(scores[i]);
  }
  return list;
}

Placements placements(const std::vector<double>& scores, const std::vector<bool>& wrong) {
  const auto all = midranks(scores);
  const auto among_wrong = midranks(of_kind(scores, wrong, true));
  const auto among_right = midranks(of_kind(scores, wrong, false));
  const auto m = static_cast<double>(among_wrong.size());
  const auto n = static_cast<double>(among_right.size());
  Placements result;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (wrong[i]) {
      // The rank among all less the rank among its own kind is the number of the other kind below it, ties as halves.
      result.wrong.push_back((all[i] - among_wrong[result.wrong.size()]) / n);
    } else {
      result.right.push_back(1 - (all[i] - among_right[result.right.size()]) / m);
    }
  }
  result.area = std::accumulate(result.wrong.begin(), result.wrong.end(), 0.0) / m;
  return result;
}

double covariance(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / n;
  const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
  return sum / (n - 1);
}

/// Of the areas of `a` and `b`.
double area_covariance(const Placements& a, const Placements& b) {
  return covariance(a.wrong, b.wrong) / static_cast<double>(a.wrong.size()) +
         covariance(a.right, b.right) / static_cast<double>(a.right.size());
}

std::string areas_text(const TwoAreas& areas) {
  return "on " + std::to_string(areas.wrong) + " wrong and " + std::to_string(areas.right) +
         " right labels that are known, AUROC " + fixed(areas.first, 3) + " by clean_score, " + fixed(areas.second, 3) +
         " by loss";
}

}  // namespace

std::vector<double> midranks(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double rank = static_cast<double>(begin + end + 1) / 2;
    for (; begin < end; ++begin) ranks[order[begin]] = rank;
  }
  return ranks;
}

TwoAreas compare_areas(const ScoredSamples& samples) {
  const auto first = placements(samples.first, samples.wrong), second = placements(samples.second, samples.wrong);
  TwoAreas areas{.wrong = std::ssize(first.wrong), .right = std::ssize(first.right)};
  NLB_CHECK(areas.wrong >= 2 && areas.right >= 2, "areas need two samples of each kind");
  areas.first = first.area;
  areas.second = second.area;
  // DeLong, DeLong and Clarke-Pearson (Biometrics 1988): both areas are of the same samples, so their covariance is
  // taken off twice.
  const double variance =
      area_covariance(first, first) + area_covariance(second, second) - 2 * area_covariance(first, second);
  if (areas.first == areas.second) return areas;
  const double z = std::abs(areas.first - areas.second) / std::sqrt(std::max(variance, 0.0));
  areas.p = std::isfinite(z) ? 2 * boost::math::cdf(boost::math::complement(boost::math::normal(), z)) : 0;
  return areas;
}

std::optional<TwoAreas> score_against_loss(const KeptSamples& samples) {
  ScoredSamples known;
  for (size_t row = 0; row < samples.size() && samples.has_score; ++row) {
    const auto values = suspected(samples, row, Suspicion::clean_score);
    if (!is_checked(samples, row) || std::isnan(values.first) || std::isnan(values.second)) continue;
    known.first.push_back(values.first);
    known.second.push_back(values.second);
    known.wrong.push_back(samples.given[row] != samples.clean[row]);
  }
  const auto wrong = std::count(known.wrong.begin(), known.wrong.end(), true);
  if (wrong < kFewestKnown || std::ssize(known.wrong) - wrong < kFewestKnown) return std::nullopt;
  return compare_areas(known);
}

ChosenSuspicion choose_suspicion(const KeptSamples& samples) {
  if (!samples.has_score) return {Suspicion::loss, "largest loss: the method has no score of its own"};
  const auto areas = score_against_loss(samples);
  if (!areas) {
    return {Suspicion::clean_score, "lowest clean_score; too few right labels are known to compare it with the loss"};
  }
  if (areas->second <= areas->first) return {Suspicion::clean_score, "lowest clean_score: " + areas_text(*areas)};
  const auto p = ", p = " + significant(areas->p, 2);
  if (areas->p < kTieLevel) return {Suspicion::loss, "largest loss: " + areas_text(*areas) + p};
  return {Suspicion::clean_score, "lowest clean_score: " + areas_text(*areas) + p +
                                      ", no proof that the loss is better (--by loss lists by it)"};
}

}  // namespace nlb
