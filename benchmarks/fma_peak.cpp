// The highest rate of single-precision multiply-adds that the processor reaches, in floating-point operations: what the
// share of a training step is measured against, in the same run.
#include <benchmark/benchmark.h>

#if defined(__x86_64__)
#include <immintrin.h>

namespace {

constexpr int kChains = 16;    // independent, so that neither latency nor the number of units limits
constexpr int kRounds = 4096;  // of all chains in one iteration

[[gnu::target("avx512f")]] float chains_avx512(float start) {
  const __m512 factor = _mm512_set1_ps(.999f), term = _mm512_set1_ps(1e-3f);
  __m512 sum[kChains];
  for (int i = 0; i < kChains; ++i) sum[i] = _mm512_set1_ps(start + static_cast<float>(i));
  for (int round = 0; round < kRounds; ++round) {
#pragma GCC unroll 16
    for (__m512& chain : sum) chain = _mm512_fmadd_ps(chain, factor, term);
  }
  for (int i = 1; i < kChains; ++i) sum[0] = _mm512_add_ps(sum[0], sum[i]);
  return _mm512_cvtss_f32(sum[0]);
}

constexpr int kFewerChains = 12;  // sixteen registers hold these, the factor and the term

[[gnu::target("avx2,fma")]] float chains_avx2(float start) {
  const __m256 factor = _mm256_set1_ps(.999f), term = _mm256_set1_ps(1e-3f);
  __m256 sum[kFewerChains];
  for (int i = 0; i < kFewerChains; ++i) sum[i] = _mm256_set1_ps(start + static_cast<float>(i));
  for (int round = 0; round < kRounds; ++round) {
#pragma GCC unroll 12
    for (__m256& chain : sum) chain = _mm256_fmadd_ps(chain, factor, term);
  }
  for (int i = 1; i < kFewerChains; ++i) sum[0] = _mm256_add_ps(sum[0], sum[i]);
  return _mm256_cvtss_f32(sum[0]);
}

/// Items are floating-point operations of all threads.
void fma_peak(benchmark::State& state) {
  constexpr int64_t kFlopsOfOne = 2;
  float start = 1;
  if (__builtin_cpu_supports("avx512f")) {
    for (auto _ : state) {
      benchmark::DoNotOptimize(start);  // else one call would serve all iterations
      benchmark::DoNotOptimize(chains_avx512(start));
    }
    state.SetItemsProcessed(state.iterations() * kFlopsOfOne * 16 * kChains * kRounds);
    state.SetLabel("avx512");
  } else if (__builtin_cpu_supports("fma")) {
    for (auto _ : state) {
      benchmark::DoNotOptimize(start);  // else one call would serve all iterations
      benchmark::DoNotOptimize(chains_avx2(start));
    }
    state.SetItemsProcessed(state.iterations() * kFlopsOfOne * 8 * kFewerChains * kRounds);
    state.SetLabel("avx2");
  } else {
    state.SkipWithError("no FMA here");
  }
}
BENCHMARK(fma_peak)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
#endif
