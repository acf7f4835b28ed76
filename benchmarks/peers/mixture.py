"""Fit of two Gaussians to 50,000 losses and the posteriors, as DivideMix does it: scikit-learn, float values."""
import numpy
import sklearn
import timing
from scipy.special import ndtri
from sklearn.mixture import GaussianMixture


def losses(count):
    """What benchmarks/kernel_benchmark.cpp makes."""
    i = numpy.arange(count)
    u = ((i + 0.5) * 0.6180339887498949) % 1
    values = numpy.where(i % 5 < 3, -0.3 * numpy.log(1 - u), 2.5 + 0.8 * ndtri(u))
    return ((values - values.min()) / (values.max() - values.min())).astype(numpy.float32)


def main():
    given = timing.options(__doc__, count=50_000)
    values = losses(given.count).reshape(-1, 1)
    mixture = None

    def step():
        nonlocal mixture
        mixture = GaussianMixture(n_components=2, max_iter=10, tol=1e-2, reg_covar=5e-4)
        mixture.fit(values)
        return mixture.predict_proba(values)[:, mixture.means_.argmin()]

    seconds = timing.measure(step, given.seconds, warm_up=2)
    timing.report(milliseconds=1e3 * seconds, iterations=mixture.n_iter_, mean0=float(mixture.means_.min()), sklearn=sklearn.__version__)


main()
