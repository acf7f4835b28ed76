// reports/regression.h -- records against a baseline: equal chains where the determinism class is known, else each
// accuracy inside a prediction interval from the baseline's seeds, Holm over the table. docs/ci.md says how it is used.
#pragma once

#include <string>
#include <vector>

#include "reports/baseline.h"

namespace nlb {

/// Of whole tables that did not change; half of the promised 1 in 1,000, as seeds are only nearly normal.
inline constexpr double kFalseAlarms = 0.0005;
inline constexpr int kFewestBaselineSeeds = 5;
inline constexpr double kGuardPower = 0.9;  ///< with which a move of smallest_move is seen

/// In the order in which they are shown.
enum class Guarded { failed, chains_differ, outside, not_measured, not_compared, within, same_chains };
std::string guarded_word(Guarded state);

struct CheckedCell {
  std::string id;  ///< of the cell
  Guarded state = Guarded::not_measured;
  std::string reason = {};
  int baseline_seeds = 0, measured_seeds = 0;
  double baseline_mean = 0, measured_mean = 0;  ///< percent right
  /// Of cells whose accuracies were compared (outside, within):
  double allowed = 0;        ///< half width of the prediction interval of the measured mean, in points
  double smallest_move = 0;  ///< of this cell alone, in points: seen in 90 % of such changes
  double p = 1, adjusted_p = 1;
};

struct CheckResult {
  std::vector<CheckedCell> cells;      ///< worst first, then by id
  std::vector<std::string> unguarded;  ///< ids of measured cells that the baseline does not have
  bool any(Guarded state) const;
  bool has_fault() const;  ///< a cell outside, other chains, a trial that failed
  bool has_gap() const;    ///< a cell not measured or not compared, or no cell at all
};

CheckResult check_against(const Baseline& baseline, const Snapshot& now);

/// The baseline mean's t interval for the mean of `measured` new values, its error `level`; the deviation is at least
/// `least_deviation`. `seen`: the move that leaves it with probability kGuardPower, baseline and new values being drawn
/// anew (both exact under the normal distribution).
struct PredictionInterval {
  double allowed = 0, seen = 0;
  double p = 1;  ///< two-sided, of the move at hand
};
PredictionInterval prediction_interval(const std::vector<double>& baseline, const std::vector<double>& measured,
                                       double least_deviation, double level);

}  // namespace nlb
