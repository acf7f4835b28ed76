// What the kernels replace: the same work in ATen, one thread, under the names of kernel_benchmark.cpp and
// augment_benchmark.cpp with "aten_" before them.
#include <benchmark/benchmark.h>

#include "batches/augment_aten.h"

namespace {

using namespace nlb;

/// As augment/crop_flip_normalise_3x32x32.
void aten_augment(benchmark::State& state) {
  constexpr int64_t kStored = 10000, kBatch = 128;
  at::set_num_threads(1);
  const auto pixels = torch::arange(kStored * 3 * 32 * 32).remainder(256).to(torch::kUInt8).view({kStored, 3, 32, 32});
  const std::vector<double> mean(3, .5), std(3, .25);
  auto values = normalisation_table<float>(3, mean, std);
  const auto table = torch::from_blob(values.data(), {3, 256});
  auto rows = torch::arange(kBatch);
  Augmentation how = {.key = derive(1, "augment/train"), .pad = 4, .flip = true};
  for (auto _ : state) {
    benchmark::DoNotOptimize(augment_aten(pixels, rows, rows, how, table).data_ptr());
    ++how.epoch;
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(aten_augment);

struct Parameters {
  torch::Tensor value, gradient, first, second;
  explicit Parameters(int64_t count)
      : value(torch::linspace(-.5, .5, count)),
        gradient(torch::linspace(-.005, .005, count)),
        first(torch::zeros(count)),
        second(torch::zeros(count)) {}
};

/// The tensor operations of torch.optim.SGD with momentum and weight decay on one flat parameter.
void aten_optimiser_sgd(benchmark::State& state) {
  at::set_num_threads(1);
  const torch::NoGradGuard no_grad;
  Parameters all(state.range(0));
  for (auto _ : state) {
    const auto gradient = all.gradient.add(all.value, 5e-4);
    all.first.mul_(.9).add_(gradient);
    all.value.add_(all.first, -1e-3);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(aten_optimiser_sgd)->Arg(118282)->Arg(11171274);

/// The tensor operations of torch.optim.Adam on one flat parameter.
void aten_optimiser_adam(benchmark::State& state) {
  at::set_num_threads(1);
  const torch::NoGradGuard no_grad;
  Parameters all(state.range(0));
  for (auto _ : state) {
    all.first.lerp_(all.gradient, .1);
    all.second.mul_(.999).addcmul_(all.gradient, all.gradient, 1e-3);
    const auto denominator = (all.second.sqrt() / .5).add_(1e-8);
    all.value.addcdiv_(all.first, denominator, -1e-3);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(aten_optimiser_adam)->Arg(118282)->Arg(11171274);

void aten_dropout_mask(benchmark::State& state) {
  at::set_num_threads(1);
  auto mask = torch::empty({state.range(0)});
  for (auto _ : state) {
    mask.bernoulli_(.75);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(aten_dropout_mask)->Arg(128 * 128 * 16 * 16);

/// EM of two Gaussians with DivideMix's options in tensor operations, from a split at the mean, and the posteriors.
void aten_mixture_gaussian(benchmark::State& state) {
  at::set_num_threads(1);
  const torch::NoGradGuard no_grad;
  const int64_t count = state.range(0);
  const auto values = torch::cat({torch::linspace(0, .2, count * 3 / 5), torch::linspace(.3, 1, count - count * 3 / 5)})
                          .to(torch::kFloat64)
                          .unsqueeze(1);
  for (auto _ : state) {
    auto share = torch::cat({values <= values.mean(), values > values.mean()}, 1).to(torch::kFloat64);
    double before = -1e300;
    for (int iteration = 0; iteration <= 10; ++iteration) {
      const auto size = share.sum(0);
      const auto mean = (share * values).sum(0) / size;
      const auto variance = (share * (values - mean).square()).sum(0) / size + 5e-4;
      const auto logs = (size / static_cast<double>(count)).log() - .5 * (variance * 2 * M_PI).log() -
                        (values - mean).square() / (2 * variance);
      const auto all = logs.logsumexp(1, true);
      share = (logs - all).exp();
      const double likelihood = all.mean().item<double>();
      if (std::abs(likelihood - before) < 1e-2) break;
      before = likelihood;
    }
    benchmark::DoNotOptimize(share.data_ptr());
  }
  state.SetItemsProcessed(state.iterations() * count);
}
BENCHMARK(aten_mixture_gaussian)->Arg(50000)->Unit(benchmark::kMillisecond);

}  // namespace
