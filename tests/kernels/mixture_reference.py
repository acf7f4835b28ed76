"""Writes mixture_vectors.json: mixtures fitted by scikit-learn's GaussianMixture, and the beta mixture of Arazo et al. written down with
numpy and scipy from the paper's formulas.

Each Gaussian case starts from the best split into two parts, found by trying all; its parameters are those of scikit-learn's M step on hard
responsibilities. Fits of a fixed number of iterations have tolerance 0; "dividemix" has DivideMix's options.

Use: python3 tests/kernels/mixture_reference.py > tests/kernels/mixture_vectors.json      (scikit-learn 1.9, scipy 1.17, numpy 2.4)
"""
import json
import warnings

import numpy as np
from scipy import stats
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.mixture._gaussian_mixture import _estimate_gaussian_parameters

ADDED_VARIANCE = 5e-4


def best_split(values):
    ascending = np.sort(values)
    costs = [((part - part.mean()) ** 2).sum() + ((rest - rest.mean()) ** 2).sum()
             for part, rest in (np.split(ascending, [k]) for k in range(1, len(ascending)))]
    return ascending[int(np.argmin(costs))]  # the largest of the lower part


def fit(values, start, iterations, tolerance):
    sizes, means, covariances = start
    mixture = GaussianMixture(n_components=2, max_iter=iterations, tol=tolerance, reg_covar=ADDED_VARIANCE,
                              weights_init=sizes / sizes.sum(), means_init=means, precisions_init=1 / covariances)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(values[:, None])
    smaller = mixture.means_.argmin()
    order = [smaller, 1 - smaller]
    return {"asked": iterations, "iterations": mixture.n_iter_, "converged": bool(mixture.converged_),
            "log_likelihood": mixture.lower_bound_, "mean": mixture.means_[order, 0].tolist(),
            "variance": mixture.covariances_[order, 0, 0].tolist(), "weight": mixture.weights_[order].tolist(),
            "posterior": mixture.predict_proba(values[:8, None])[:, smaller].tolist()}


def gaussian_case(why, values):
    lower = values <= best_split(values)
    start = _estimate_gaussian_parameters(values[:, None], np.stack([lower, ~lower], 1).astype(float), ADDED_VARIANCE, "full")
    return {"why": why, "values": values.tolist(),
            "start": {"mean": start[1][:, 0].tolist(), "variance": start[2][:, 0, 0].tolist(),
                      "weight": (start[0] / len(values)).tolist()},
            "fits": [fit(values, start, k, 0) for k in (1, 2, 5, 10, 40)],
            "dividemix": fit(values, start, 10, 1e-2)}


def beta_case(why, values, iterations):
    x = np.clip(values, 1e-4, 1 - 1e-4)
    alpha, beta, weight = np.array([1.0, 2.0]), np.array([2.0, 1.0]), np.array([0.5, 0.5])
    for _ in range(iterations):
        share = np.maximum([weight[k] * stats.beta.pdf(x, alpha[k], beta[k]) for k in (0, 1)], 1e-12)
        share /= share.sum(0)
        mean = (share * x).sum(1) / share.sum(1)
        variance = (share * (x - mean[:, None]) ** 2).sum(1) / share.sum(1)
        alpha = mean * (mean * (1 - mean) / variance - 1)
        beta = alpha * (1 - mean) / mean
        weight = share.sum(1) / len(x)
    at = np.linspace(1e-12, 1 - 1e-12, 100)
    density = [weight[k] * stats.beta.pdf(at, alpha[k], beta[k]) for k in (0, 1)]
    lookup = density[1] / (density[0] + density[1] + 1e-12)
    lookup[lookup.argmax():] = lookup.max()
    return {"why": why, "values": values.tolist(), "iterations": iterations, "alpha": alpha.tolist(), "beta": beta.tolist(),
            "weight": weight.tolist(), "lookup": lookup.tolist()}


def main():
    draw = np.random.default_rng(5)
    apart = np.concatenate([draw.normal(0.1, 0.04, 45), draw.normal(0.7, 0.1, 25)])
    near = np.concatenate([draw.normal(0.3, 0.15, 150), draw.normal(0.5, 0.2, 150)])
    skewed = draw.exponential(0.1, 257)
    far = 1e6 + apart[::-1]
    clean_and_noisy = np.concatenate([draw.beta(1.2, 8, 60), draw.beta(5, 2, 40)])
    print(json.dumps({"gaussian": [gaussian_case("two parts well apart", apart), gaussian_case("overlapping parts", near),
                                   gaussian_case("one skewed part, more than a block", skewed),
                                   gaussian_case("values far from zero", far)],
                      "beta": [beta_case("two parts, one iteration", clean_and_noisy, 1), beta_case("two parts", clean_and_noisy, 10),
                               beta_case("values at 0 and 1 are clipped", np.concatenate([[0.0, 1.0], clean_and_noisy]), 10)]}))


main()
