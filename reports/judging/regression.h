// reports/judging/regression.h -- records against a baseline: equal chains where the determinism class is known, else
// each cell's accuracies paired with the baseline's by seed entry, Holm over the table. docs/ci.md says how it is used.
#pragma once

#include <string>
#include <vector>

#include "reports/judging/baseline.h"

namespace nlb {

/// Of whole tables that did not change; half of the promised 1 in 1,000, as seeds are only nearly normal.
inline constexpr double kFalseAlarms = 0.0005;
inline constexpr int kFewestBaselineSeeds = 5;
inline constexpr double kGuardPower = 0.9;  ///< with which a move of smallest_move is seen
inline constexpr double kMaxMove = 3;       ///< points: the default of --max-move

/// In the order in which they are shown. changed: a trial is not the baseline's. blind: nothing was seen, and a move of
/// --max-move would not have been.
enum class Guarded { failed, chains_differ, outside, not_measured, not_compared, changed, blind, within, same_chains };
std::string guarded_word(Guarded state);
bool is_fault(Guarded state);  ///< exit 3
bool is_gap(Guarded state);    ///< exit 4: nothing wrong was seen, but this cell is no evidence that nothing is

struct CheckedCell {
  std::string id;  ///< of the cell
  Guarded state = Guarded::not_measured;
  std::string reason = {};
  int baseline_seeds = 0, measured_seeds = 0;
  double baseline_mean = 0, measured_mean = 0;  ///< percent right
  bool compared = false;                        ///< its accuracies were; else the rest is empty
  double move = 0;                              ///< mean over seeds of measured - baseline, in points
  double allowed = 0;                           ///< half width of the interval around 0 that the move has to keep to
  double smallest_move = 0;                     ///< of this cell alone, in points: seen in 90 % of such changes
  double p = 1, adjusted_p = 1;
};

struct CheckResult {
  std::vector<CheckedCell> cells;      ///< worst first, then by id
  std::vector<std::string> unguarded;  ///< ids of measured cells that the baseline does not have
  double max_move = kMaxMove;          ///< points
  bool has_fault() const;              ///< a cell outside, other chains, a trial that failed
  bool has_gap() const;                ///< a cell that is_gap, or no cell at all
};

/// `max_move`: a cell that passes, but would not have shown a move of so many points, is blind.
CheckResult check_against(const Baseline& baseline, const Snapshot& now, double max_move = kMaxMove);

}  // namespace nlb
