// What the share of a training step is measured against, in the same run.
#include <benchmark/benchmark.h>

#include "kernels/peak.h"

namespace {

/// Items are floating-point operations of all threads, two a multiply-add.
void fma_peak(benchmark::State& state) {
  const nlb::PeakKernels& kernels = nlb::peak_kernels();
  float start = 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(start);  // else one call would serve all iterations
    benchmark::DoNotOptimize(kernels.chains(start));
  }
  state.SetItemsProcessed(state.iterations() * 2 * kernels.multiply_adds);
  state.SetLabel(nlb::name_of(nlb::cpu_isa()));
}
BENCHMARK(fma_peak)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
