#include "reports/judging/statistics.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

#include "core/error.h"

namespace nlb {

Sample summarise(std::span<const double> values) {
  Sample sample{.n = static_cast<int>(values.size())};
  if (values.empty()) return sample;
  double sum = 0;
  for (const double value : values) sum += value;
  sample.mean = sum / sample.n;
  if (sample.n < 2) return sample;
  // In a second pass: accuracies near 100 with deviations near 0 would cancel in a sum of squares.
  double squares = 0;
  for (const double value : values) squares += (value - sample.mean) * (value - sample.mean);
  sample.deviation = std::sqrt(squares / (sample.n - 1));
  return sample;
}

double student_t_quantile(double probability, double freedom) {
  return boost::math::quantile(boost::math::students_t(freedom), probability);
}

double student_t_two_sided(double t, double freedom) {
  return 2 * boost::math::cdf(boost::math::complement(boost::math::students_t(freedom), std::abs(t)));
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.size());
  double least = 0;  // a later step is never easier than an earlier one
  for (size_t i = 0; i < order.size(); ++i) {
    least = std::max(least, std::min(1.0, static_cast<double>(order.size() - i) * p[order[i]]));
    adjusted[order[i]] = least;
  }
  return adjusted;
}

McNemar mcnemar(std::span<const uint8_t> first, std::span<const uint8_t> second, int64_t count) {
  const auto bytes = static_cast<size_t>((count + 7) / 8);
  NLB_CHECK(first.size() >= bytes && second.size() >= bytes, "bitmaps are shorter than the test set");
  McNemar result;
  for (int64_t i = 0; i < count; ++i) {
    // Image i is bit i % 8 of byte i / 8, as engine/selection.cpp packs them.
    const auto byte = static_cast<size_t>(i / 8);
    const bool a = (first[byte] >> (i % 8) & 1) != 0;
    const bool b = (second[byte] >> (i % 8) & 1) != 0;
    ++(a ? (b ? result.both : result.only_first) : (b ? result.only_second : result.neither));
  }
  const auto apart = static_cast<double>(result.only_first + result.only_second);
  if (apart == 0) return result;
  // Exact: if the two are equally good, each image on which they disagree falls to either side with probability 1/2.
  const auto fewer = static_cast<double>(std::min(result.only_first, result.only_second));
  result.p = std::min(1.0, 2 * boost::math::cdf(boost::math::binomial(apart, 0.5), fewer));
  return result;
}

Interval clopper_pearson(int64_t hits, int64_t trials) {
  NLB_CHECK(0 <= hits && hits <= trials, "no more hits than trials");
  if (trials == 0) return {};
  using Binomial = boost::math::binomial;
  constexpr double kTail = 0.025;
  const auto n = static_cast<double>(trials);
  const auto k = static_cast<double>(hits);
  return {.low = Binomial::find_lower_bound_on_p(n, k, kTail), .high = Binomial::find_upper_bound_on_p(n, k, kTail)};
}

double welch_freedom(std::span<const VarianceTerm> terms) {
  NLB_CHECK(!terms.empty(), "a Welch interval needs a term");
  double sum = 0;
  double weighted = 0;
  double least = terms.front().freedom;
  for (const auto& term : terms) {
    sum += term.variance;
    weighted += term.variance * term.variance / term.freedom;
    least = std::min(least, term.freedom);
  }
  return weighted > 0 ? sum * sum / weighted : least;
}

}  // namespace nlb
