#include "kernels/peak.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace nlb;

TEST_CASE("the chains of every instruction set come to their fixed point", "[kernels][peak]") {
  // x -> .999 x + .001 leads to 1; after 4,096 rounds .999^4096 = 1.66 % of the way is left.
  for (const Isa isa : {Isa::plain, Isa::avx2, Isa::avx512}) {
    if (!has_isa(isa)) continue;
    CAPTURE(name_of(isa));
    const PeakKernels& kernels = peak_kernels(isa);
    const double lanes = isa == Isa::avx512 ? 16 : (isa == Isa::avx2 ? 8 : 4), chains = isa == Isa::avx512 ? 16 : 12;
    CHECK(kernels.multiply_adds == static_cast<int64_t>(4096 * lanes * chains));
    double expected = 0;
    for (int i = 0; i < static_cast<int>(chains); ++i) expected += lanes * (1 + i * std::pow(.999, 4096));
    CHECK(kernels.chains(1) == Approx(expected).epsilon(1e-3));
  }
}

TEST_CASE("the peak is a plausible rate of this core", "[kernels][peak]") {
  const double rate = multiply_add_peak(0.002);
  CHECK(rate > 1e8);
  CHECK(rate < 1e12);
}
