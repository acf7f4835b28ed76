// The kernels without LibTorch, one thread. Their counterparts in ATen are in aten_benchmark.cpp under the same names.
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "kernels/dropout_mask.h"
#include "kernels/mixture.h"
#include "kernels/optimiser_step.h"

namespace {

using namespace nlb;

/// 60 % small losses, 40 % large ones, scaled to [0, 1]: peers/mixture.py makes the same.
std::vector<float> losses(int64_t count) {
  std::vector<double> values;
  double least = 1e9, most = -1e9;
  for (int64_t i = 0; i < count; ++i) {
    const double place = (static_cast<double>(i) + .5) * 0.6180339887498949;
    const double u = place - std::floor(place);
    const double value = i % 5 < 3 ? -.3 * std::log(1 - u) : 2.5 + .8 * inverse_normal(u);
    least = std::min(least, value);
    most = std::max(most, value);
    values.push_back(value);
  }
  std::vector<float> scaled;
  for (const double value : values) scaled.push_back(static_cast<float>((value - least) / (most - least)));
  return scaled;
}

/// Start, EM with DivideMix's options and the posteriors of all samples.
void mixture_gaussian(benchmark::State& state) {
  const int64_t count = state.range(0);
  const auto values = losses(count);
  std::vector<float> posterior(values.size());
  GaussianMixture mixture;
  for (auto _ : state) {
    mixture = fit_gaussian_mixture_cpu(values.data(), count, {10, 1e-2, 5e-4});
    gaussian_posterior_cpu(mixture, values.data(), count, posterior.data());
    benchmark::DoNotOptimize(posterior.data());
  }
  state.counters["iterations_of_em"] = mixture.iterations;
  state.counters["mean0"] = mixture.mean[0];
  state.SetItemsProcessed(state.iterations() * count);
}
BENCHMARK(mixture_gaussian)->Arg(50000)->Unit(benchmark::kMillisecond);

/// Percentiles, scaling, ten iterations and the look-up table.
void mixture_beta(benchmark::State& state) {
  const int64_t count = state.range(0);
  const auto values = losses(count);
  for (auto _ : state) {
    const LossRange range = loss_range_cpu(values.data(), count);
    const auto scaled = scaled_losses_in_range(range, values.data(), count);
    const auto mixture = fit_beta_mixture_cpu(scaled.data(), static_cast<int64_t>(scaled.size()), 10);
    benchmark::DoNotOptimize(beta_lookup(mixture).data());
  }
  state.SetItemsProcessed(state.iterations() * count);
}
BENCHMARK(mixture_beta)->Arg(50000)->Unit(benchmark::kMillisecond);

std::vector<float> ramp(int64_t count, float scale) {
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) values[i] = scale * (static_cast<float>(i % 1009) / 1009 - .5f);
  return values;
}

/// Items are parameters: 118,282 of the mlp, 11,171,274 of preact_resnet18.
void optimiser_sgd(benchmark::State& state) {
  const int64_t count = state.range(0);
  const auto gradient = ramp(count, 1e-2f);
  auto value = ramp(count, 1), momentum = ramp(count, 0);
  for (auto _ : state) {
    optimiser_kernels<float>().sgd_step({1e-3f, 5e-4f, .9f, false}, count, gradient.data(), value.data(),
                                        momentum.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * count);
}
BENCHMARK(optimiser_sgd)->Arg(118282)->Arg(11171274);

void optimiser_adam(benchmark::State& state) {
  const int64_t count = state.range(0);
  const auto gradient = ramp(count, 1e-2f);
  auto value = ramp(count, 1), moment1 = ramp(count, 0), moment2 = ramp(count, 0);
  for (auto _ : state) {
    optimiser_kernels<float>().adam_step({1e-3f, 0, .1f, .999f, 1e-3f, 2, 1e-8f}, count, gradient.data(), value.data(),
                                         moment1.data(), moment2.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * count);
}
BENCHMARK(optimiser_adam)->Arg(118282)->Arg(11171274);

void dropout_mask(benchmark::State& state) {
  const int64_t count = state.range(0);
  std::vector<float> mask(static_cast<size_t>(count));
  const Key key = derive(1, "dropout");
  uint64_t step = 0;
  for (auto _ : state) {
    dropout_mask_cpu(key, step++, 0, .25, count, mask.data());
    benchmark::DoNotOptimize(mask.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * count);
}
BENCHMARK(dropout_mask)->Arg(128 * 128 * 16 * 16);

}  // namespace
