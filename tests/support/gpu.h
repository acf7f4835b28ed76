// tests/support/gpu.h -- for tests tagged [gpu] that use LibTorch.
#pragma once

#include <torch/torch.h>

#include <catch2/catch.hpp>
#include <cstdlib>

namespace nlb::test {

/// Whether there is a device. Where one is required (NLB_REQUIRE_GPU, as ci/gpu_check.sh sets it), its absence fails
/// the test; else the test says that it was skipped.
inline bool have_gpu() {
  if (torch::cuda::is_available()) return true;
  if (std::getenv("NLB_REQUIRE_GPU") != nullptr) FAIL("NLB_REQUIRE_GPU is set, and there is no CUDA device");
  WARN("skipped: no CUDA device");
  return false;
}

}  // namespace nlb::test
