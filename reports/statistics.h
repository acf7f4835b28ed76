// reports/statistics.h -- small samples: means, deviations, Student-t.
#pragma once

#include <span>

namespace nlb {

struct Sample {
  int n = 0;
  double mean = 0;
  double deviation = 0;  ///< sample standard deviation (n - 1); 0 for n < 2
};

Sample summarise(std::span<const double> values);

/// Quantile of Student's t with `freedom` > 0 degrees (not necessarily whole), probability in (0, 1). Boost.Math.
double student_t_quantile(double probability, double freedom);
/// P(|T| >= |t|).
double student_t_two_sided(double t, double freedom);

/// Variance of a mean and the degrees of freedom behind it: a summand of a Welch interval.
struct VarianceTerm {
  double variance = 0;
  double freedom = 0;
};
/// Welch-Satterthwaite degrees of freedom of a sum; the smallest of the terms' where all variances are 0. At least one
/// term.
double welch_freedom(std::span<const VarianceTerm> terms);

}  // namespace nlb
