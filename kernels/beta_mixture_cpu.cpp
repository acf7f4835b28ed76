#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/mixture.h"
#include "kernels/mixture_sums.h"

namespace nlb {

using namespace mixture;

namespace {

struct BetaValues {
  const double *x, *log_x, *log_rest;
};

[[gnu::always_inline]] inline Moments beta_moments_body(const BetaTerms& given, const double (&about)[2],
                                                        const BetaValues& values, int64_t count) {
  const BetaTerms terms = given;
  const double about0 = about[0], about1 = about[1];
  return sum_over(count, [&terms, about0, about1, values](int64_t i, int64_t at, Block& block) {
    const Shares shares = beta_shares(terms, values.log_x[i], values.log_rest[i]);
    block.share[0][at] = shares.share[0];
    block.share[1][at] = shares.share[1];
    block.offset[0][at] = values.x[i] - about0;
    block.offset[1][at] = values.x[i] - about1;
    block.larger[at] = shares.larger;
    block.excess[at] = shares.excess;
  });
}

Moments beta_moments(const BetaTerms& terms, const double (&about)[2], const BetaValues& values, int64_t count) {
  return on_widest([&]() __attribute__((always_inline)) { return beta_moments_body(terms, about, values, count); });
}

/// By lgamma_r: lgamma writes a global.
double log_of_beta(double a, double b) {
  int sign;
  return lgamma_r(a, &sign) + lgamma_r(b, &sign) - lgamma_r(a + b, &sign);
}

/// Linear interpolation between order statistics; reorders `values`.
template <class T>
double percentile(std::vector<T>& values, double fraction) {
  const double place = fraction * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(place);
  std::nth_element(values.begin(), values.begin() + below, values.end());
  const auto low = static_cast<double>(values[static_cast<size_t>(below)]);
  if (below + 1 == static_cast<std::ptrdiff_t>(values.size())) return low;
  const auto high = static_cast<double>(*std::min_element(values.begin() + below + 1, values.end()));
  return low + (place - static_cast<double>(below)) * (high - low);
}

}  // namespace

template <class T>
LossRange loss_range_cpu(const T* losses, int64_t count) {
  check_values(losses, count);
  std::vector<T> values(losses, losses + count);
  const double low = percentile(values, .05);
  return {.low = low, .high = percentile(values, .95)};
}

template <class T>
std::vector<double> scaled_losses_in_range(LossRange range, const T* losses, int64_t count) {
  std::vector<double> scaled;
  for (int64_t i = 0; i < count; ++i) {
    const auto loss = static_cast<double>(losses[i]);
    if (loss >= range.low && loss <= range.high) scaled.push_back(scaled_loss(range, loss));
  }
  return scaled;
}

BetaTerms beta_terms(const BetaMixture& mixture) {
  BetaTerms terms;
  for (int k = 0; k < 2; ++k) {
    terms.alpha[k] = mixture.alpha[k];
    terms.beta[k] = mixture.beta[k];
    terms.constant[k] = std::log(mixture.weight[k]) - log_of_beta(mixture.alpha[k], mixture.beta[k]);
  }
  return terms;
}

BetaMixture fit_beta_mixture_cpu(const double* values, int64_t count, int iterations) {
  constexpr double kClip = 1e-4, kLeastVariance = 1e-8;
  check_values(values, count);
  const auto size = static_cast<size_t>(count);
  std::vector<double> clipped(size), log_x(size), log_rest(size);
  for (size_t i = 0; i < size; ++i) {
    clipped[i] = std::clamp(values[i], kClip, 1 - kClip);
    log_x[i] = std::log(clipped[i]);
    log_rest[i] = std::log1p(-clipped[i]);
  }
  BetaMixture mixture;
  double about[2] = {.5, .5};
  for (int iteration = 0; iteration < iterations; ++iteration) {
    const Moments moments =
        beta_moments(beta_terms(mixture), about, {clipped.data(), log_x.data(), log_rest.data()}, count);
    for (int k = 0; k < 2; ++k) {
      const double moved = moments.first[k] / moments.weight[k], mean = about[k] + moved;
      const double variance = std::max(moments.second[k] / moments.weight[k] - moved * moved, kLeastVariance);
      mixture.alpha[k] = mean * (mean * (1 - mean) / variance - 1);
      mixture.beta[k] = mixture.alpha[k] * (1 - mean) / mean;
      mixture.weight[k] = moments.weight[k] / (moments.weight[0] + moments.weight[1]);
      about[k] = mean;
    }
  }
  return mixture;
}

double beta_posterior(const BetaMixture& mixture, double x) {
  const BetaTerms terms = beta_terms(mixture);
  const double log_x = std::log(x), log_rest = std::log1p(-x);
  const double p0 = std::exp(beta_log_density(terms, 0, log_x, log_rest));
  const double p1 = std::exp(beta_log_density(terms, 1, log_x, log_rest));
  return p1 / (p0 + p1 + 1e-12);
}

std::vector<double> beta_lookup(const BetaMixture& mixture) {
  constexpr double kEdge = 1e-12;
  std::vector<double> lookup(100);
  for (size_t i = 0; i < lookup.size(); ++i) {
    lookup[i] = beta_posterior(mixture, kEdge + static_cast<double>(i) * ((1 - 2 * kEdge) / 99));
  }
  const auto largest = std::max_element(lookup.begin(), lookup.end());
  std::fill(largest, lookup.end(), *largest);
  return lookup;
}

template LossRange loss_range_cpu(const float*, int64_t);
template LossRange loss_range_cpu(const double*, int64_t);
template std::vector<double> scaled_losses_in_range(LossRange, const float*, int64_t);
template std::vector<double> scaled_losses_in_range(LossRange, const double*, int64_t);

}  // namespace nlb
