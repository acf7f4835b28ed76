// Compiled once per instruction set, NLB_ISA naming it: see kernels/isa.h.
#include "kernels/lanes.h"
#include "kernels/peak.h"

namespace nlb::NLB_ISA {
namespace {

// So many that neither latency nor the number of units limits; with the factor and the term they fit the registers.
constexpr int kChains = kManyRegisters ? 16 : 12;
constexpr int kRounds = 4096;

float run_chains(float start) {
  const Lanes<float> factor = spread(.999f), term = spread(1e-3f);
  Lanes<float> chains[kChains];
  for (int i = 0; i < kChains; ++i) chains[i] = spread(start + static_cast<float>(i));
  for (int round = 0; round < kRounds; ++round) {
#pragma GCC unroll 16
    for (Lanes<float>& chain : chains) chain = fma(chain, factor, term);
  }
  for (int i = 1; i < kChains; ++i) chains[0] += chains[i];
  float total = 0;
  for (int lane = 0; lane < static_cast<int>(kLanes<float>); ++lane) total += chains[0][lane];
  return total;
}

}  // namespace

extern const PeakKernels kPeak;
constinit const PeakKernels kPeak = {.chains = run_chains, .multiply_adds = int64_t{kRounds} * kChains * kLanes<float>};

}  // namespace nlb::NLB_ISA
