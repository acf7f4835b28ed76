// engine/selection.h -- what the selection rules need from evaluation to evaluation: last, mean_last_10, best_on_test,
// best_on_val.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "results/result.h"

namespace nlb {

class Selection {
 public:
  /// `right`: 1 for each test image that the scored output has right. Called once per evaluation, in order.
  void add(const std::vector<uint8_t>& right);
  /// `curves` have one entry for each add().
  FinalCounts finish(const Curves& curves, int64_t test_count, int64_t held_out_count,
                     std::vector<int32_t> confusion) const;

  Json save() const;
  /// Throws InputError through the node's problems.
  static Selection load(const JsonNode& node);

 private:
  int64_t best_ = -1;
  std::vector<uint8_t> best_bits_;
  std::deque<std::vector<uint8_t>> recent_;  // bitmaps of the last ten evaluations
};

/// Bit i (lowest first) of byte i / 8.
std::vector<uint8_t> pack_bits(const std::vector<uint8_t>& flags);

}  // namespace nlb
