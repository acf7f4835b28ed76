#include <benchmark/benchmark.h>

#include <numeric>

#include "kernels/augment.h"

namespace {

/// One thread, batches of 128 drawn from 10,000 resident images; items are images.
void augment(benchmark::State& state, nlb::PixelArray images, bool moved, bool looked_up) {
  constexpr int64_t kStored = 10000, kBatch = 128;
  const int64_t size = int64_t{images.channels} * images.height * images.width;
  std::vector<uint8_t> pixels(static_cast<size_t>(kStored * size));
  std::iota(pixels.begin(), pixels.end(), uint8_t{0});
  images.pixels = pixels.data();
  const auto order = nlb::draw_permutation(nlb::derive(1, "order/train"), 0, kStored);
  const std::vector<double> mean(static_cast<size_t>(images.channels), 0.5), std(mean.size(), 0.25);
  const auto table = nlb::normalisation_table<float>(images.channels, mean, std);
  const auto formulas = nlb::pixel_formulas(images.channels, mean, std);
  const bool computed = !looked_up && nlb::formula_kernels().image != nullptr && !formulas.empty();
  std::vector<float> out(static_cast<size_t>(kBatch * size));
  nlb::Augmentation how = {.key = nlb::derive(1, "augment/train"), .pad = moved ? 4 : 0, .flip = moved};
  int64_t begin = 0;
  for (auto _ : state) {
    if (computed) {
      nlb::augment_cpu(images, order.data() + begin, kBatch, how, formulas, out.data());
    } else {
      nlb::augment_cpu(images, order.data() + begin, kBatch, how, table.data(), out.data());
    }
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
    begin += kBatch;
    if (begin + kBatch > kStored) {
      begin = 0;
      ++how.epoch;
    }
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}

BENCHMARK_CAPTURE(augment, crop_flip_normalise_3x32x32, {nullptr, 3, 32, 32}, true, false);
BENCHMARK_CAPTURE(augment, crop_flip_look_up_3x32x32, {nullptr, 3, 32, 32}, true, true);
BENCHMARK_CAPTURE(augment, normalise_3x32x32, {nullptr, 3, 32, 32}, false, false);
BENCHMARK_CAPTURE(augment, normalise_1x28x28, {nullptr, 1, 28, 28}, false, false);

/// crop_flip_normalise_3x32x32 with AutoAugment before it and cutout after it, of noisy images.
void autoaugment(benchmark::State& state) {
  constexpr int64_t kStored = 10000, kBatch = 128, kSize = 3 * 32 * 32;
  std::vector<uint8_t> pixels(kStored * kSize);
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * i >> 7);
  const auto list = nlb::autoaugment_cifar10();
  const auto operations = nlb::all_operations(32, 32);
  nlb::Augmentation how = {.key = nlb::derive(1, "augment/train"), .pad = 4, .flip = true, .cutout = 16};
  how.policy = {.operations = operations.data(),
                .list = list.data(),
                .entries = nlb::kAutoAugmentEntries,
                .steps = nlb::kAutoAugmentSteps,
                .rounds = 1};
  const std::vector<double> mean(3, 0.5), std(3, 0.25);
  const auto table = nlb::normalisation_table<float>(3, mean, std);
  const auto order = nlb::draw_permutation(nlb::derive(1, "order/train"), 0, kStored);
  std::vector<float> out(kBatch * kSize);
  for (auto _ : state) {
    ++how.epoch;
    nlb::augment_cpu({pixels.data(), 3, 32, 32}, order.data(), kBatch, how, table.data(), out.data());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(autoaugment);

void order(benchmark::State& state) {
  const auto key = nlb::derive(1, "order/train");
  uint64_t epoch = 0;
  for (auto _ : state) benchmark::DoNotOptimize(nlb::draw_permutation(key, epoch++, 50000).data());
  state.SetItemsProcessed(state.iterations() * 50000);
}
BENCHMARK(order);

}  // namespace
