// reports/judging/paired.h -- Student's t on paired differences: rows against rows, a table against its baseline.
#pragma once

#include <span>

namespace nlb {

/// That the mean of n >= 2 paired differences is 0, n - 1 degrees of freedom. Their deviation counts as at least
/// `least_deviation` (what counts resolve): a few equal counts are luck, not certainty.
struct PairedMean {
  int n = 0;
  double mean = 0;
  double error = 0;  ///< of the mean
  double p = 1;      ///< two-sided
};
PairedMean paired_mean(std::span<const double> differences, double least_deviation);

/// What the mean keeps to when nothing moved, the interval's error being `level`. `seen`: the move that leaves it with
/// probability `power` (both exact under the normal distribution). In the unit of the differences.
struct PairedInterval {
  double allowed = 0, seen = 0;
};
PairedInterval paired_interval(const PairedMean& mean, double level, double power);

}  // namespace nlb
