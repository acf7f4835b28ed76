// reports/judging/statistics.h -- small samples: means, deviations, Student-t.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

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

/// Holm's step-down adjustment: adjusted p values in the order given, each at most 1.
std::vector<double> holm(std::span<const double> p);

/// Exact McNemar test of two trained networks on the same test images: among the images that only one of them gets
/// right, a fair coin says which. Shown in run views only: it speaks of these two networks, not of their methods.
struct McNemar {
  int64_t both = 0, only_first = 0, only_second = 0, neither = 0;
  double p = 1;  ///< two-sided, binomial
};
/// Bit i (lowest first) of byte i / 8: image i right, as in FinalCounts::last_bits; `count` images.
McNemar mcnemar(std::span<const uint8_t> first, std::span<const uint8_t> second, int64_t count);
struct Interval {
  double low = 0, high = 1;
};
/// Exact 95 % interval (Clopper and Pearson 1934) of a probability from `hits` in `trials` independent trials; [0, 1]
/// without a trial. 0 <= hits <= trials. Boost.Math.
Interval clopper_pearson(int64_t hits, int64_t trials);

/// Variance of a mean and the degrees of freedom behind it: a summand of a Welch interval.
struct VarianceTerm {
  double variance = 0;
  double freedom = 0;
};
/// Welch-Satterthwaite degrees of freedom of a sum; the smallest of the terms' where all variances are 0. At least one
/// term.
double welch_freedom(std::span<const VarianceTerm> terms);

}  // namespace nlb
