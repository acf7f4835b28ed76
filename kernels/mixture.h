// kernels/mixture.h -- mixtures of two components fitted to one number per sample (its loss). Gaussian: DivideMix (Li
// et al., ICLR 2020, arXiv:2002.07394), which calls scikit-learn's GaussianMixture. Beta: Arazo et al., ICML 2019,
// arXiv:1904.11238; reference code PaulAlbert31/LabelNoiseCorrection:utils.py. Sums are double and taken in one fixed
// order, whatever vectors the processor has. The work per sample is host and device code.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/draws.h"
#include "kernels/exponential.h"

namespace nlb {

/// How two components share a sample, from the logarithms of weight * density.
struct Shares {
  double share[2];  ///< posteriors
  double larger;    ///< of the two logarithms; that of the sum is this + log(excess)
  double excess;    ///< [1, 2]
};

NLB_HD inline Shares shares_of(double log0, double log1) {
  const bool first = log0 >= log1;
  const double difference = -std::fabs(log0 - log1);
  const double ratio = vectorisable_exp(difference > -700 ? difference : -700);
  const double excess = 1 + ratio;
  const double more = 1 / excess, less = ratio * more;
  return {{first ? more : less, first ? less : more}, first ? log0 : log1, excess};
}

// ---- Gaussian ---------------------------------------------------------------------------------------------------

/// No defaults: the protocol gives each value with its source (10, 1e-2, 5e-4:
/// LiJunnan1992/DivideMix:Train_cifar.py).
struct GaussianMixtureOptions {
  int max_iterations;     ///< of EM, >= 1
  double tolerance;       ///< EM ends when the mean log-likelihood moved by less
  double added_variance;  ///< to both variances in every step (scikit-learn's reg_covar), > 0
};

/// Component 0 has the smaller mean.
struct GaussianMixture {
  double mean[2] = {}, variance[2] = {}, weight[2] = {};
  int iterations = 0;
  bool converged = false;     ///< ended by the tolerance
  double log_likelihood = 0;  ///< per sample, before the last update, as scikit-learn's lower_bound_
};

/// log(weight * density) of component k at x is constant[k] - half_precision[k] * (x - mean[k])^2.
struct GaussianTerms {
  double mean[2], half_precision[2], constant[2];
};
GaussianTerms gaussian_terms(const GaussianMixture& mixture);

NLB_HD inline Shares gaussian_shares(const GaussianTerms& terms, double x) {
  const double d0 = x - terms.mean[0], d1 = x - terms.mean[1];
  return shares_of(terms.constant[0] - terms.half_precision[0] * d0 * d0,
                   terms.constant[1] - terms.half_precision[1] * d1 * d1);
}

/// Where EM starts: the split of the sorted values whose two parts have the smallest sum of squares about their means
/// (of equal ones the lowest; equal values are never parted).
/// DEVIATION: scikit-learn starts from one run of k-means with a random start, which may end in a worse split.
/// One distinct value: both means are that value, weight {1, 0}. T: float or double. Throws TrialFailure for fewer than
/// two values and for one that is not finite, naming it.
template <class T>
GaussianMixture gaussian_start_cpu(const T* values, int64_t count, double added_variance);

/// EM from `start`, step for step scikit-learn's GaussianMixture (1.9) for one feature. A start with an empty component
/// is returned as it is, so that one distinct value belongs to component 0 throughout.
/// DEVIATION: scikit-learn computes in the values' type, which for DivideMix is float; here all is double.
template <class T>
GaussianMixture fit_gaussian_mixture_cpu(const T* values, int64_t count, const GaussianMixtureOptions& options,
                                         const GaussianMixture& start);
template <class T>
GaussianMixture fit_gaussian_mixture_cpu(const T* values, int64_t count, const GaussianMixtureOptions& options) {
  return fit_gaussian_mixture_cpu(values, count, options, gaussian_start_cpu(values, count, options.added_variance));
}

/// posterior [count]: probability that a value came from component 0, the one with the smaller mean.
template <class T>
void gaussian_posterior_cpu(const GaussianMixture& mixture, const T* values, int64_t count, T* posterior);

// ---- Beta -------------------------------------------------------------------------------------------------------

/// 5th and 95th percentile of the losses, linearly interpolated as numpy.percentile does.
struct LossRange {
  double low = 0, high = 0;
};
/// Throws TrialFailure as gaussian_start_cpu.
template <class T>
LossRange loss_range_cpu(const T* losses, int64_t count);

/// A loss on the scale of the mixture: [.001, .999].
NLB_HD inline double scaled_loss(LossRange range, double loss) {
  const double minimum = range.low + 1e-5;
  const double scaled = (loss - minimum) / (range.high - minimum + 1e-6);
  return scaled >= 1 ? 1 - 1e-3 : (scaled <= 0 ? 1e-3 : scaled);
}
/// The losses inside the range, scaled: what the mixture is fitted to.
template <class T>
std::vector<double> scaled_losses_in_range(LossRange range, const T* losses, int64_t count);

/// Component 1 starts as the one of large losses and stays it by name.
struct BetaMixture {
  double alpha[2] = {1, 2}, beta[2] = {2, 1}, weight[2] = {.5, .5};
};

/// log(weight * density) of component k at x is constant[k] + (alpha[k] - 1) log(x) + (beta[k] - 1) log(1 - x).
struct BetaTerms {
  double alpha[2], beta[2], constant[2];
};
BetaTerms beta_terms(const BetaMixture& mixture);

NLB_HD inline double beta_log_density(const BetaTerms& terms, int k, double log_x, double log_rest) {
  return terms.constant[k] + (terms.alpha[k] - 1) * log_x + (terms.beta[k] - 1) * log_rest;
}

/// Responsibilities from densities of at least 1e-12, as the reference code's.
NLB_HD inline Shares beta_shares(const BetaTerms& terms, double log_x, double log_rest) {
  constexpr double kLeast = -27.631021115928547;  // log(1e-12)
  const double log0 = beta_log_density(terms, 0, log_x, log_rest);
  const double log1 = beta_log_density(terms, 1, log_x, log_rest);
  return shares_of(log0 > kLeast ? log0 : kLeast, log1 > kLeast ? log1 : kLeast);
}

/// EM by weighted moments from the mixture above, on `values` in [0, 1], clipped to [1e-4, 1 - 1e-4].
/// DEVIATION: a weighted variance below 1e-8 counts as 1e-8 (the reference code
/// divides by it, and gives NaN when all values are equal). Throws TrialFailure as gaussian_start_cpu.
BetaMixture fit_beta_mixture_cpu(const double* values, int64_t count, int iterations);

/// Probability of component 1 at x in (0, 1).
double beta_posterior(const BetaMixture& mixture, double x);

/// Posterior of component 1 at 100 points from 1e-12 to 1 - 1e-12; from the largest on it stays the largest, so that no
/// large loss counts as clean.
std::vector<double> beta_lookup(const BetaMixture& mixture);
/// The entry of a scaled loss.
NLB_HD inline double looked_up(const double* lookup, double scaled) {
  const int entry = static_cast<int>(100 * scaled);
  return lookup[entry < 0 ? 0 : (entry > 99 ? 99 : entry)];
}

}  // namespace nlb
