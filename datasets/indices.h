// datasets/indices.h -- lists of sample numbers.
#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

namespace nlb {

/// 0, 1, ..., count - 1.
inline std::vector<int64_t> counting(int64_t count) {
  std::vector<int64_t> all(static_cast<size_t>(count));
  std::iota(all.begin(), all.end(), int64_t{0});
  return all;
}

/// values[i] for each i of `indices`.
inline std::vector<int64_t> gather(const std::vector<int64_t>& values, const std::vector<int64_t>& indices) {
  std::vector<int64_t> gathered;
  gathered.reserve(indices.size());
  for (const int64_t index : indices) gathered.push_back(values[static_cast<size_t>(index)]);
  return gathered;
}

}  // namespace nlb
