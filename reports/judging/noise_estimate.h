// reports/judging/noise_estimate.h -- how wrong are labels of which some were checked by hand, and which protocols
// measure methods on noise of that kind and rate. Definitions: docs/own_data.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "protocols/protocol.h"
#include "reports/judging/statistics.h"

namespace nlb {

/// Of the samples whose clean label is known. Intervals are exact (Clopper-Pearson, 95 %) and hold where these samples
/// were picked at random.
struct NoiseEstimate {
  int64_t classes = 0, checked = 0, wrong = 0;
  std::vector<int64_t> counts;  ///< [classes, classes], row = clean class, column = given label
  int64_t row_sum(int64_t clean) const;
  double rate() const;  ///< wrong / checked; 0 where nothing was checked
  Interval rate_interval() const;
  /// P(given | clean): estimate's interval; [0, 1] where no sample of that class was checked.
  Interval entry_interval(int64_t clean, int64_t given) const;
  /// Whether the wrong labels of a class go to few others: (sum of squared shares - 1 / (C - 1)) / (1 - 1 / (C - 1)),
  /// 0 = evenly over all other classes, 1 = to one. Estimated without bias from pairs of wrong labels of one class;
  /// NaN where no class has two, or with two classes.
  double concentration() const;
};

/// given, clean: [N]; clean < 0: unknown, left out. Labels in [0, classes).
NoiseEstimate estimate_noise(std::span<const int64_t> given, std::span<const int64_t> clean, int64_t classes);

/// A setting of a protocol's group whose noise is like the estimated one.
struct NearSetting {
  std::string protocol, group, setting, title;
  double rate = 0, concentration = 0;  ///< effective, drawn once on balanced labels
  double distance = 0;                 ///< in the plane of rate and concentration (of the rate alone without it)
};
/// The nearest setting of each protocol, nearest first, at most `most`. Settings whose noise is not drawn from labels
/// alone (label files, images) are left out.
std::vector<NearSetting> nearest_settings(const NoiseEstimate& estimate, const std::vector<Protocol>& protocols,
                                          const Facts& facts, size_t most);

/// What makes an estimate doubtful, whole sentences: labels that agree with the clean ones far better under other names
/// of the classes, or no more often than labels of other images would.
std::vector<std::string> estimate_doubts(const NoiseEstimate& estimate, const std::vector<std::string>& class_names);

/// What to print of an estimate: rate with interval, the matrix row by row (with intervals, for up to 20 classes), and
/// how its wrong labels are spread.
std::vector<std::string> estimate_lines(const NoiseEstimate& estimate, const std::vector<std::string>& class_names);
std::vector<std::string> near_lines(const std::vector<NearSetting>& near);

}  // namespace nlb
