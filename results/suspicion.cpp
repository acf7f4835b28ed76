#include "results/suspicion.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace nlb {

bool is_checked(const KeptSamples& samples, size_t row) { return samples.clean[row] >= 0; }

Suspected suspected(const KeptSamples& samples, size_t row, Suspicion by) {
  const Suspected both{.first = -samples.clean_score[row], .second = samples.loss[row]};
  if (samples.epoch[row] == 0) return {.first = std::nan(""), .second = std::nan("")};
  return by == Suspicion::clean_score ? both : Suspected{.first = both.second, .second = both.first};
}

std::vector<size_t> most_suspicious_first(const KeptSamples& samples, Suspicion by) {
  std::vector<size_t> rows(samples.size());
  std::iota(rows.begin(), rows.end(), size_t{0});
  std::erase_if(rows, [&](size_t row) { return std::isnan(suspected(samples, row, by).first); });
  const auto second = [&](size_t row) {
    const double value = suspected(samples, row, by).second;
    return std::isnan(value) ? -std::numeric_limits<double>::infinity() : value;
  };
  std::stable_sort(rows.begin(), rows.end(), [&](size_t a, size_t b) {
    const double mine = suspected(samples, a, by).first, other = suspected(samples, b, by).first;
    return mine != other ? mine > other : second(a) > second(b);
  });
  return rows;
}

}  // namespace nlb
