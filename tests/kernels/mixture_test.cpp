#include "kernels/mixture.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>

#include "core/error.h"
#include "core/json.h"

using namespace nlb;

namespace {

const GaussianMixtureOptions kDivideMix = {.max_iterations = 10, .tolerance = 1e-2, .added_variance = 5e-4};

// Values whose fits were worked out once with scikit-learn and the formulas of Arazo et al. in numpy.
const std::vector<double> kSome = {.02, .03, .05, .05, .06, .08, .10, .11, .13, .15,
                                   .18, .22, .45, .55, .60, .68, .74, .81, .88, .95};

std::vector<double> from_zero_to_one(std::vector<double> values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double low = *least, width = *most - *least;
  for (double& value : values) value = (value - low) / width;
  return values;
}

Json vectors(const char* kind) {
  return Json::parse(std::ifstream(NLB_SOURCE_DIR "/tests/kernels/mixture_vectors.json"))[kind];
}

template <class T>
int64_t size_of(const std::vector<T>& values) {
  return static_cast<int64_t>(values.size());
}

void check_pair(const double (&found)[2], const Json& expected, double tolerance) {
  for (size_t k = 0; k < 2; ++k) {
    CAPTURE(k);
    CHECK(found[k] == Approx(expected[k].get<double>()).epsilon(tolerance).margin(0));
  }
}

void check_mixture(const GaussianMixture& found, const Json& expected, double tolerance) {
  check_pair(found.mean, expected["mean"], tolerance);
  check_pair(found.variance, expected["variance"], tolerance);
  check_pair(found.weight, expected["weight"], tolerance);
}

std::vector<double> posterior(const GaussianMixture& mixture, const std::vector<double>& values) {
  std::vector<double> result(values.size());
  gaussian_posterior_cpu(mixture, values.data(), size_of(values), result.data());
  return result;
}

double gap_in_ulp(double found, double expected) {
  const double ulp = std::nextafter(expected, std::numeric_limits<double>::infinity()) - expected;
  return std::abs(found - expected) / ulp;
}

}  // namespace

TEST_CASE("the vectorisable exp is at most 2 ulp off", "[kernels][mixture]") {
  double worst = 0;
  for (int i = 0; i <= 1'400'000; ++i) {
    const double x = -700 + i * 1e-3;
    worst = std::max(worst, gap_in_ulp(vectorisable_exp(x), std::exp(x)));
  }
  for (int i = -1000; i <= 1000; ++i)
    worst = std::max(worst, gap_in_ulp(vectorisable_exp(i * 1e-9), std::exp(i * 1e-9)));
  CHECK(worst <= 2);
  CHECK(vectorisable_exp(0) == 1);
}

TEST_CASE("a Gaussian mixture takes scikit-learn's steps from scikit-learn's start", "[kernels][mixture]") {
  for (const Json& row : vectors("gaussian")) {
    CAPTURE(row["why"]);
    const auto values = row["values"].get<std::vector<double>>();
    const bool far = values.front() > 1e5;  // digits lost to the mean, there as here
    const GaussianMixture start = gaussian_start_cpu(values.data(), size_of(values), kDivideMix.added_variance);
    check_mixture(start, row["start"], far ? 1e-7 : 1e-12);
    Json fits = row["fits"];
    fits.push_back(row["dividemix"]);
    for (const Json& fit : fits) {
      GaussianMixtureOptions options = kDivideMix;
      options.max_iterations = fit["asked"];
      if (fit != row["dividemix"]) options.tolerance = 0;
      CAPTURE(options.max_iterations, options.tolerance);
      const auto found = fit_gaussian_mixture_cpu(values.data(), size_of(values), options, start);
      check_mixture(found, fit, far ? 1e-6 : 1e-9);
      CHECK(found.iterations == fit["iterations"]);
      CHECK(found.converged == fit["converged"]);
      CHECK(found.log_likelihood == Approx(fit["log_likelihood"].get<double>()).epsilon(far ? 1e-6 : 1e-9));
      const auto shares = posterior(found, values);
      for (size_t i = 0; i < fit["posterior"].size(); ++i) {
        CHECK(shares[i] == Approx(fit["posterior"][i].get<double>()).epsilon(far ? 1e-5 : 1e-9));
      }
    }
  }
}

TEST_CASE("a Gaussian mixture gives numbers worked out for DivideMix's options", "[kernels][mixture]") {
  const auto values = from_zero_to_one(kSome);
  const auto start = gaussian_start_cpu(values.data(), size_of(values), kDivideMix.added_variance);
  CHECK(start.weight[0] == Approx(.6));
  CHECK(start.mean[0] == Approx(.0842293907).epsilon(1e-8));
  CHECK(start.mean[1] == Approx(.7392473118).epsilon(1e-8));
  CHECK(start.variance[0] == Approx(.0046013091).epsilon(1e-7));
  CHECK(start.variance[1] == Approx(.0299181408).epsilon(1e-8));
  const auto found = fit_gaussian_mixture_cpu(values.data(), size_of(values), kDivideMix);
  CHECK(found.iterations == 2);
  CHECK(found.mean[0] == Approx(.083992247).epsilon(1e-8));
  CHECK(found.variance[1] == Approx(.0307529501).epsilon(1e-8));
  CHECK(found.weight[1] == Approx(.4012617758).epsilon(1e-8));
  const auto shares = posterior(found, values);
  CHECK(shares[0] == Approx(.9999194329).epsilon(1e-9));
  CHECK(shares[9] == Approx(.9989115741).epsilon(1e-9));
  CHECK(shares[11] == Approx(.9804609684).epsilon(1e-9));
  CHECK(shares[12] == Approx(.0000021585).margin(1e-10));
  CHECK(std::count_if(shares.begin(), shares.end(), [](double share) { return share > .5; }) == 12);
}

TEST_CASE("EM starts from the best of all splits", "[kernels][mixture]") {
  std::vector<double> values;
  for (uint32_t i = 0; i < 300; ++i) {
    const double u = unit_double(philox4x32_10({{i, 0, 0, 0}}, {{1, 2}}).word[0], 0);
    values.push_back(i % 7 == 0 ? -u : u * u * u);
  }
  values.insert(values.end(), {0.0, -0.0, 0.25, 0.25});
  auto ascending = values;
  std::sort(ascending.begin(), ascending.end());
  double least = std::numeric_limits<double>::infinity();
  for (auto split = ascending.begin() + 1; split != ascending.end(); ++split) {
    double cost = 0;
    for (const auto& [begin, end] : {std::pair(ascending.begin(), split), std::pair(split, ascending.end())}) {
      const double mean = std::accumulate(begin, end, 0.0) / static_cast<double>(end - begin);
      cost += std::accumulate(begin, end, 0.0, [mean](double sum, double x) { return sum + (x - mean) * (x - mean); });
    }
    least = std::min(least, cost);
  }
  const auto start = gaussian_start_cpu(values.data(), size_of(values), 5e-4);
  double cost = 0;
  for (const int k : {0, 1}) cost += (start.variance[k] - 5e-4) * start.weight[k] * static_cast<double>(values.size());
  CHECK(cost == Approx(least).epsilon(1e-12));
}

TEST_CASE("a Gaussian mixture of few or equal values", "[kernels][mixture]") {
  SECTION("one distinct value belongs to component 0 altogether") {
    const std::vector<float> values(1000, 0.25f);
    const auto found = fit_gaussian_mixture_cpu(values.data(), 1000, kDivideMix);
    CHECK(found.mean[0] == 0.25);
    CHECK(found.mean[1] == 0.25);
    CHECK(found.weight[0] == 1);
    CHECK(found.variance[0] == 5e-4);
    std::vector<float> shares(1000, -1);
    gaussian_posterior_cpu(found, values.data(), 1000, shares.data());
    CHECK(std::count(shares.begin(), shares.end(), 1.0f) == 1000);
  }
  SECTION("two distinct values are the two means") {
    std::vector<double> values(30, 0.0);
    values.insert(values.end(), 10, 1.0);
    const auto found = fit_gaussian_mixture_cpu(values.data(), 40, kDivideMix);
    CHECK(found.mean[0] == Approx(0).margin(1e-12));
    CHECK(found.mean[1] == Approx(1));
    CHECK(found.weight[0] == Approx(.75));
    CHECK(found.variance[0] == Approx(5e-4));
    CHECK(posterior(found, {0.0, 1.0})[0] == Approx(1));
    CHECK(posterior(found, {0.0, 1.0})[1] == Approx(0).margin(1e-12));
  }
  SECTION("two values") {
    const std::vector<double> values = {3, 1};
    const auto found = fit_gaussian_mixture_cpu(values.data(), 2, kDivideMix);
    CHECK(found.mean[0] == Approx(1));
    CHECK(found.mean[1] == Approx(3));
    CHECK(found.weight[0] == Approx(.5));
  }
}

TEST_CASE("a mixture refuses what is no number and what is too little", "[kernels][mixture]") {
  std::vector<double> values(40, 0.5);
  values[17] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(fit_gaussian_mixture_cpu(values.data(), 40, kDivideMix),
                    "a mixture cannot be fitted: value 17 of 40 is NaN");
  CHECK_THROWS_AS(fit_beta_mixture_cpu(values.data(), 40, 10), TrialFailure);
  CHECK_THROWS_AS(loss_range_cpu(values.data(), 40), TrialFailure);
  values[17] = -std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH(fit_gaussian_mixture_cpu(values.data(), 40, kDivideMix), Catch::Contains("17 of 40 is infinite"));
  CHECK_THROWS_WITH(fit_gaussian_mixture_cpu(values.data(), 1, kDivideMix),
                    Catch::Contains("two values or more, not 1"));
}

TEST_CASE("blocks and their rests are summed whole, and nothing is written behind the posteriors",
          "[kernels][mixture]") {
  const auto count = GENERATE(as<size_t>{}, 2, 31, 255, 256, 257, 1000);
  CAPTURE(count);
  std::vector<double> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<double>(i % 10) + (i % 10 < 5 ? 0 : 20);
  const GaussianMixtureOptions options = {.max_iterations = 1, .tolerance = 0, .added_variance = 5e-4};
  const auto found = fit_gaussian_mixture_cpu(values.data(), size_of(values), options);
  double sum = 0;
  for (const double value : values) sum += value;
  const double mean = found.weight[0] * found.mean[0] + found.weight[1] * found.mean[1];
  CHECK(mean == Approx(sum / static_cast<double>(count)).epsilon(1e-12));
  std::vector<double> shares(count + 16, -7);
  gaussian_posterior_cpu(found, values.data(), size_of(values), shares.data());
  CHECK(std::count(shares.begin(), shares.end(), -7.0) == 16);
}

TEST_CASE("floats give the mixture of the doubles they are", "[kernels][mixture]") {
  const std::vector<float> floats(kSome.begin(), kSome.end());
  const std::vector<double> doubles(floats.begin(), floats.end());
  const auto one = fit_gaussian_mixture_cpu(floats.data(), 20, kDivideMix);
  const auto other = fit_gaussian_mixture_cpu(doubles.data(), 20, kDivideMix);
  CHECK(one.mean[0] == other.mean[0]);
  CHECK(one.variance[1] == other.variance[1]);
  CHECK(one.log_likelihood == other.log_likelihood);
}

TEST_CASE("the beta mixture gives numbers worked out from its formulas", "[kernels][mixture]") {
  const auto once = fit_beta_mixture_cpu(kSome.data(), 20, 1);
  CHECK(once.alpha[0] == Approx(.4279867545).epsilon(1e-9));
  CHECK(once.alpha[1] == Approx(1.3726667467).epsilon(1e-9));
  CHECK(once.beta[0] == Approx(1.8491644096).epsilon(1e-9));
  CHECK(once.beta[1] == Approx(.7775280381).epsilon(1e-9));
  CHECK(once.weight[0] == Approx(.658).epsilon(1e-12));
  const auto found = fit_beta_mixture_cpu(kSome.data(), 20, 10);
  CHECK(found.alpha[0] == Approx(.4209667903).epsilon(1e-9));
  CHECK(found.alpha[1] == Approx(.9946115231).epsilon(1e-9));
  CHECK(found.beta[0] == Approx(1.7306403934).epsilon(1e-9));
  CHECK(found.beta[1] == Approx(.6853362140).epsilon(1e-9));
  CHECK(found.weight[1] == Approx(.3691950476).epsilon(1e-9));
  CHECK(beta_posterior(found, .1) == Approx(.1759197139).epsilon(1e-9));
  CHECK(beta_posterior(found, .9) == Approx(.8821504802).epsilon(1e-9));
  const auto lookup = beta_lookup(found);
  CHECK(looked_up(lookup.data(), .101) == Approx(.1769279612).epsilon(1e-9));
  CHECK(looked_up(lookup.data(), .501) == Approx(.5024496897).epsilon(1e-9));
  CHECK(looked_up(lookup.data(), 1) == lookup.back());
  CHECK(looked_up(lookup.data(), -1) == lookup.front());
}

TEST_CASE("the beta mixture equals the formulas in scipy", "[kernels][mixture]") {
  for (const Json& row : vectors("beta")) {
    CAPTURE(row["why"]);
    const auto values = row["values"].get<std::vector<double>>();
    const auto found = fit_beta_mixture_cpu(values.data(), size_of(values), row["iterations"]);
    check_pair(found.alpha, row["alpha"], 1e-9);
    check_pair(found.beta, row["beta"], 1e-9);
    check_pair(found.weight, row["weight"], 1e-9);
    const auto lookup = beta_lookup(found);
    REQUIRE(lookup.size() == row["lookup"].size());
    for (size_t i = 0; i < lookup.size(); ++i) {
      CHECK(lookup[i] == Approx(row["lookup"][i].get<double>()).epsilon(1e-8));
    }
  }
}

TEST_CASE("a beta mixture of equal values stays finite", "[kernels][mixture]") {
  const auto value = GENERATE(0.0, .3, 1.0);
  const std::vector<double> values(50, value);
  const auto found = fit_beta_mixture_cpu(values.data(), 50, 10);
  for (const int k : {0, 1}) {
    CHECK(std::isfinite(found.alpha[k]));
    CHECK(std::isfinite(found.beta[k]));
    CHECK(found.alpha[k] > 0);
  }
  for (const double share : beta_lookup(found)) CHECK((share >= 0 && share <= 1));
}

TEST_CASE("losses are scaled between their percentiles as Arazo et al. do it", "[kernels][mixture]") {
  const std::vector<double> losses = {.01, .02, .05, .1, .2, .4, .8, 1.6, 2.4, 3, 4, 6};
  const LossRange range = loss_range_cpu(losses.data(), 12);
  CHECK(range.high == Approx(4.9));
  CHECK(range.low == Approx(.0155));
  const auto scaled = scaled_losses_in_range(range, losses.data(), 12);
  REQUIRE(scaled.size() == 10);
  CHECK(scaled.front() == Approx(.000919236).epsilon(1e-6));
  CHECK(scaled.back() == Approx(.8157431348).epsilon(1e-9));
  CHECK(scaled_loss(range, .001) == 1e-3);
  CHECK(scaled_loss(range, 100) == 1 - 1e-3);
}
