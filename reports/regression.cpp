#include "reports/regression.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/error.h"
#include "reports/statistics.h"

namespace nlb {
namespace {

/// The stored chains of a trial in the class it was now run in; null where that class does not know it.
const ChainHeads* known_chains(const Snapshot& baseline, const SeedState& now) {
  const auto known = baseline.classes.find(now.determinism_class);
  if (known == baseline.classes.end()) return nullptr;
  const auto heads = known->second.chains.find(now.trial);
  return heads == known->second.chains.end() ? nullptr : &heads->second;
}

/// One cell of the baseline against the same cell now.
class CellCheck {
 public:
  CellCheck(const std::string& id, const GuardedCell& before, const Snapshot& baseline, const Snapshot& now)
      : before_(before), baseline_(baseline), now_(now), cell_{.id = id} {
    const auto found = now.cells.find(id);
    after_ = found == now.cells.end() ? nullptr : &found->second;
  }

  CheckedCell check() {
    if (after_ == nullptr) return found(Guarded::not_measured, "no such cell any more; accept with --update");
    cell_.baseline_seeds = static_cast<int>(before_.percents().size());
    cell_.measured_seeds = static_cast<int>(after_->percents().size());
    cell_.baseline_mean = summarise(before_.percents()).mean;
    cell_.measured_mean = summarise(after_->percents()).mean;
    for (const auto& [seed, old] : before_.seeds) {
      if (!compare_seed(seed, old)) return cell_;
    }
    if (compared_ == before_.seeds.size()) return found(Guarded::same_chains, "");
    if (after_->rule != before_.rule)
      return found(Guarded::not_compared, "its rule was " + before_.rule + " and is " + after_->rule);
    if (cell_.baseline_seeds < kFewestBaselineSeeds) {
      return found(Guarded::not_compared, "chains not compared (" + why_ + "), and the baseline has " +
                                              std::to_string(cell_.baseline_seeds) + " seeds, fewer than " +
                                              std::to_string(kFewestBaselineSeeds));
    }
    return found(Guarded::within, "chains not compared: " + why_);
  }

 private:
  CheckedCell found(Guarded state, const std::string& reason) {
    cell_.state = state;
    cell_.reason = reason;
    return cell_;
  }

  /// False when the seed settles the cell.
  bool compare_seed(const std::string& seed, const SeedState& old) {
    const auto place = after_->seeds.find(seed);
    if (place == after_->seeds.end() || !place->second.missing.empty()) {
      const auto why = place == after_->seeds.end() ? "no such seed entry any more" : place->second.missing;
      found(Guarded::not_measured, "seed " + seed + ": " + why);
      return false;
    }
    const auto& now = place->second;
    if (!now.failure.empty()) {
      if (!old.failure.empty()) return ++compared_, true;  // as in the baseline
      found(Guarded::failed, "seed " + seed + " passed in the baseline and failed: " + now.failure);
      return false;
    }
    if (now.trial != old.trial) return note("the trial is another one (a revision or an option moved)");
    const auto* heads = known_chains(baseline_, now);
    if (heads == nullptr) return note("class " + now.determinism_class + " is not in the baseline");
    const auto& mine = now_.classes.at(now.determinism_class).chains.at(now.trial);
    if (mine != *heads) {
      const bool counts = mine.count != heads->count;
      found(Guarded::chains_differ, "seed " + seed + ": " +
                                        (counts ? "count chain differs (at least one test image)"
                                                : "state chain differs, with equal counts of right test images"));
      return false;
    }
    ++compared_;
    return true;
  }

  bool note(const std::string& why) {
    why_ = why;
    return true;
  }

  const GuardedCell& before_;
  const Snapshot& baseline_;
  const Snapshot& now_;
  const GuardedCell* after_ = nullptr;
  size_t compared_ = 0;
  std::string why_;
  CheckedCell cell_;
};

/// Holm over the cells whose accuracies are compared; `allowed` and the smallest move are those of Holm's first step,
/// the strictest.
void hold_accuracies(std::vector<CheckedCell>& cells, const Baseline& baseline, const Snapshot& now) {
  std::vector<CheckedCell*> family;
  for (auto& cell : cells) {
    if (cell.state == Guarded::within) family.push_back(&cell);
  }
  std::vector<double> p;
  for (auto* cell : family) {
    const auto& before = baseline.snapshot.cells.at(cell->id);
    const auto& after = now.cells.at(cell->id);
    const double half_image = before.test_images > 0 ? 50.0 / static_cast<double>(before.test_images) : 0;
    const auto interval = prediction_interval(before.percents(), after.percents(), half_image,
                                              kFalseAlarms / static_cast<double>(family.size()));
    cell->allowed = interval.allowed;
    cell->smallest_move = interval.seen;
    cell->p = interval.p;
    p.push_back(interval.p);
  }
  const auto adjusted = holm(p);
  for (size_t i = 0; i < family.size(); ++i) {
    family[i]->adjusted_p = adjusted[i];
    if (adjusted[i] < kFalseAlarms) family[i]->state = Guarded::outside;
  }
}

}  // namespace

std::string guarded_word(Guarded state) {
  switch (state) {
    case Guarded::failed:
      return "FAILED";
    case Guarded::chains_differ:
      return "CHAINS DIFFER";
    case Guarded::outside:
      return "OUTSIDE";
    case Guarded::not_measured:
      return "not measured";
    case Guarded::not_compared:
      return "not compared";
    case Guarded::within:
      return "within";
    case Guarded::same_chains:
      return "same chains";
  }
  return "";
}

bool CheckResult::any(Guarded state) const {
  return std::any_of(cells.begin(), cells.end(), [&](const CheckedCell& cell) { return cell.state == state; });
}

bool CheckResult::has_fault() const {
  return any(Guarded::failed) || any(Guarded::chains_differ) || any(Guarded::outside);
}

bool CheckResult::has_gap() const { return cells.empty() || any(Guarded::not_measured) || any(Guarded::not_compared); }

CheckResult check_against(const Baseline& baseline, const Snapshot& now) {
  CheckResult result;
  for (const auto& [id, cell] : baseline.snapshot.cells)
    result.cells.push_back(CellCheck(id, cell, baseline.snapshot, now).check());
  hold_accuracies(result.cells, baseline, now);
  std::stable_sort(result.cells.begin(), result.cells.end(),
                   [](const CheckedCell& a, const CheckedCell& b) { return a.state < b.state; });
  for (const auto& [id, cell] : now.cells) {
    if (!baseline.snapshot.cells.contains(id)) result.unguarded.push_back(id);
  }
  return result;
}

PredictionInterval prediction_interval(const std::vector<double>& baseline, const std::vector<double>& measured,
                                       double least_deviation, double level) {
  NLB_CHECK(baseline.size() >= 2 && !measured.empty(), "a prediction interval needs two values and a new one");
  const auto before = summarise(baseline);
  const auto after = summarise(measured);
  const double deviation = std::max(before.deviation, least_deviation);
  const double error = deviation * std::sqrt(1.0 / before.n + 1.0 / after.n);
  const double freedom = before.n - 1;
  PredictionInterval interval;
  interval.allowed = student_t_quantile(1 - level / 2, freedom) * error;
  // (new mean - baseline mean - move) / error is a Student-t variable, so this much more is passed by 90 %.
  interval.seen = interval.allowed + student_t_quantile(kGuardPower, freedom) * error;
  const double move = after.mean - before.mean;
  if (error > 0) {
    interval.p = student_t_two_sided(move / error, freedom);
  } else {
    interval.p = move == 0 ? 1 : 0;
  }
  return interval;
}

}  // namespace nlb
