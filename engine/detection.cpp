#include "engine/detection.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/error.h"

namespace nlb {

DetectionScore detect_wrong_labels(std::span<const float> suspicion, std::span<const uint8_t> wrong) {
  NLB_CHECK(suspicion.size() == wrong.size(), "one score per label");
  const auto all_wrong = static_cast<double>(std::count(wrong.begin(), wrong.end(), uint8_t{1}));
  const double all_right = static_cast<double>(wrong.size()) - all_wrong;
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  if (all_wrong == 0 || all_right == 0) return {kNaN, kNaN, kNaN};

  const auto rank = [&](size_t i) {
    return std::isnan(suspicion[i]) ? std::numeric_limits<float>::infinity() : suspicion[i];
  };
  std::vector<size_t> order(wrong.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return rank(a) > rank(b); });

  double pairs = 0, precision = 0, found = 0, seen_wrong = 0, seen_right = 0;
  // Equal scores are taken together, so that no sum depends on the order in which the sort left them.
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    double tied_wrong = 0, tied = 0;
    for (end = begin; end < order.size() && rank(order[end]) == rank(order[begin]); ++end, ++tied) {
      tied_wrong += wrong[order[end]];
    }
    const double tied_right = tied - tied_wrong, seen = seen_wrong + seen_right;
    // A wrong label is ahead of all right ones that are still to come; a tie counts one half.
    pairs += tied_wrong * (all_right - seen_right - tied_right) + 0.5 * tied_wrong * tied_right;
    precision += tied_wrong * (seen_wrong + tied_wrong) / (seen + tied);
    // Of a group that crosses the border at `all_wrong` labels, the share that fits before it.
    found += tied_wrong * std::clamp((all_wrong - seen) / tied, 0.0, 1.0);
    seen_wrong += tied_wrong;
    seen_right += tied_right;
  }
  return {pairs / (all_wrong * all_right), precision / all_wrong, found / all_wrong};
}

}  // namespace nlb
