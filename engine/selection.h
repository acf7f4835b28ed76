// engine/selection.h -- the correctness bitmaps that the selection rules pick (last, mean_last_10, best_on_test), kept
// from evaluation to evaluation. What is picked is results/result.h's.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "results/result.h"

namespace nlb {

class SelectedBits {
 public:
  /// `counted_from`: the first epoch (1-based) of the last training. What an earlier one reached is forgotten there.
  explicit SelectedBits(int64_t counted_from) : counted_from_(counted_from) {}

  /// `right`: 1 for each test image that the scored output has right after so many epochs. Called once per evaluation,
  /// in order.
  void add(const std::vector<uint8_t>& right, int64_t epochs_done);
  /// `curves` have one entry for each add().
  FinalCounts finish(const Curves& curves, int64_t test_count, int64_t held_out_count,
                     std::vector<int32_t> confusion) const;

  Json save() const;
  /// Throws InputError through the node's problems.
  static SelectedBits load(const JsonNode& node, int64_t counted_from);

 private:
  int64_t counted_from_;
  int64_t evaluated_ = 0;  // epochs done at the evaluation before
  int64_t best_ = -1;
  std::vector<uint8_t> best_bits_;
  std::deque<std::vector<uint8_t>> recent_;  // bitmaps of the last ten evaluations
};

/// Bit i (lowest first) of byte i / 8.
std::vector<uint8_t> pack_bits(const std::vector<uint8_t>& flags);

}  // namespace nlb
