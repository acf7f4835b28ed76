#include "reports/statistics.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "core/error.h"

namespace nlb {

Sample summarise(std::span<const double> values) {
  Sample sample{.n = static_cast<int>(values.size())};
  if (values.empty()) return sample;
  double sum = 0;
  for (const double value : values) sum += value;
  sample.mean = sum / sample.n;
  if (sample.n < 2) return sample;
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
