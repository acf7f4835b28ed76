// engine/detection.h -- how well a score per sample finds the wrong labels: exact, by one sort, ties shared fairly.
#pragma once

#include <cstdint>
#include <span>

namespace nlb {

/// NaN where there is no wrong or no right label.
struct DetectionScore {
  double auroc = 0;  ///< chance that a wrong label is more suspect than a right one; a tie counts one half
  double average_precision =
      0;  ///< wrong labels as positives, most suspect first; ties enter together, as scikit-learn does
  double recall_at_wrong =
      0;  ///< W wrong labels: share of them among the W most suspect; a tie at the border counts by its share
};

/// `suspicion`: larger = more likely wrong; NaN counts as most suspect. `wrong`: 1 where the given label differs from
/// the clean one.
DetectionScore detect_wrong_labels(std::span<const float> suspicion, std::span<const uint8_t> wrong);

}  // namespace nlb
