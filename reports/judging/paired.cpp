#include "reports/judging/paired.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "reports/judging/statistics.h"

namespace nlb {

PairedMean paired_mean(std::span<const double> differences, double least_deviation) {
  const auto sample = summarise(differences);
  NLB_CHECK(sample.n >= 2, "a mean of differences is tested on two or more");
  PairedMean result{.n = sample.n, .mean = sample.mean};
  result.error = std::max(sample.deviation, least_deviation) / std::sqrt(static_cast<double>(sample.n));
  if (result.error > 0) {
    result.p = student_t_two_sided(result.mean / result.error, sample.n - 1);
  } else {
    result.p = result.mean == 0 ? 1 : 0;
  }
  return result;
}

PairedInterval paired_interval(const PairedMean& mean, double level, double power) {
  const double freedom = mean.n - 1;
  const double allowed = student_t_quantile(1 - level / 2, freedom) * mean.error;
  // (mean - move) / error is a Student-t variable, so this much more is passed with that probability.
  return {.allowed = allowed, .seen = allowed + student_t_quantile(power, freedom) * mean.error};
}

}  // namespace nlb
