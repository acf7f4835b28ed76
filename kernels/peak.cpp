#include "kernels/peak.h"

#include <algorithm>
#include <chrono>

namespace nlb {

double multiply_add_peak(double seconds) {
  using Clock = std::chrono::steady_clock;
  constexpr int kCallsOfBurst = 20;
  const PeakKernels& kernels = peak_kernels();
  const auto begin = Clock::now();
  double best = 0;
  volatile float start = 1;  // else one call would serve all
  for (auto now = begin; std::chrono::duration<double>(now - begin).count() < seconds;) {
    for (int i = 0; i < kCallsOfBurst; ++i) start = kernels.chains(start) * 1e-30f + 1;
    const auto end = Clock::now();
    const double burst = std::chrono::duration<double>(end - now).count();
    best = std::max(best, static_cast<double>(kernels.multiply_adds) * kCallsOfBurst / burst);
    now = end;
  }
  return best;
}

}  // namespace nlb
