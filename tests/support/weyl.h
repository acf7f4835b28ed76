// tests/support/weyl.h -- numbers that a Python script can repeat: element i of tensor t is
// shift + scale * (((2654435761 * i + 40503 * t) mod 2^32) / 2^32 - 1/2).
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace nlb::test {

inline torch::Tensor weyl(const std::vector<int64_t>& shape, int64_t number, double scale, double shift = 0) {
  auto values = torch::empty(shape, torch::kFloat64);
  double* out = values.data_ptr<double>();
  for (int64_t i = 0; i < values.numel(); ++i) {
    const auto word =
        static_cast<uint32_t>(2654435761ull * static_cast<uint64_t>(i) + 40503ull * static_cast<uint64_t>(number));
    out[i] = shift + scale * (static_cast<double>(word) * 0x1.0p-32 - 0.5);
  }
  return values;
}

}  // namespace nlb::test
