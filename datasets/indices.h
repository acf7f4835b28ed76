// datasets/indices.h -- lists of sample numbers.
#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

#include "datasets/dataset.h"

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

/// Those of `indices` whose clean label is known.
inline std::vector<int64_t> known_among(const std::vector<int64_t>& indices, const std::vector<int64_t>& clean) {
  std::vector<int64_t> known;
  for (const int64_t index : indices) {
    if (clean[static_cast<size_t>(index)] != kUnknownLabel) known.push_back(index);
  }
  return known;
}

}  // namespace nlb
