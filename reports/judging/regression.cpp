#include "reports/judging/regression.h"

#include <algorithm>

#include "core/text.h"
#include "reports/judging/paired.h"
#include "reports/judging/statistics.h"

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
    cell_.baseline_mean = summarise(before_.percents()).mean;
    // Of the baseline's seeds: beside a mean over more of them the move would not be the difference that is shown.
    GuardedCell shared = *after_;
    std::erase_if(shared.seeds, [&](const auto& seed) { return !before_.seeds.contains(seed.first); });
    cell_.measured_seeds = static_cast<int>(shared.percents().size());
    cell_.measured_mean = summarise(shared.percents()).mean;
    for (const auto& [seed, old] : before_.seeds) {
      if (!compare_seed(seed, old)) return cell_;
    }
    // Equal chains settle a cell without statistics; accuracies are asked only where chains cannot be compared.
    if (same_ == before_.seeds.size()) return found(Guarded::same_chains, "");
    if (changed_) {
      return found(
          Guarded::changed,
          "the trial is another one (a revision or an option moved); where that was meant, --update accepts it");
    }
    if (!comparable().empty()) return found(Guarded::not_compared, comparable());
    return found(Guarded::within, "chains not compared: " + why_);
  }

 private:
  CheckedCell found(Guarded state, const std::string& reason) {
    cell_.state = state;
    cell_.reason = reason;
    if (after_ != nullptr && !after_->remark.empty()) cell_.reason += (reason.empty() ? "" : "; ") + after_->remark;
    return cell_;
  }

  /// Why accuracies cannot be compared; "" where they can.
  std::string comparable() const {
    if (after_->rule != before_.rule) return "its rule was " + before_.rule + " and is " + after_->rule;
    if (cell_.baseline_seeds >= kFewestBaselineSeeds) return {};
    return "chains not compared (" + why_ + "), and the baseline has " + std::to_string(cell_.baseline_seeds) +
           " seeds, fewer than " + std::to_string(kFewestBaselineSeeds);
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
      if (!old.failure.empty()) return ++same_, true;  // as in the baseline
      found(Guarded::failed, "seed " + seed + " passed in the baseline and failed: " + now.failure);
      return false;
    }
    if (!now.fault.empty()) {
      found(Guarded::chains_differ, "seed " + seed + ": determinism fault: " + now.fault);
      return false;
    }
    if (now.trial != old.trial) {
      changed_ = true;
      return note("the trial is another one");
    }
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
    ++same_;
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
  size_t same_ = 0;  ///< seeds whose chains are the baseline's
  bool changed_ = false;
  std::string why_;
  CheckedCell cell_;
};

/// By seed entry, measured - baseline. A trial's id fixes its seeds, and noise, split and order are functions of these
/// in whole numbers, alike on every machine: what is left of a pair's difference is rounding, and what changed.
std::vector<double> differences_of(const GuardedCell& before, const GuardedCell& after) {
  std::vector<double> differences;
  for (const auto& [seed, old] : before.seeds) {
    const auto& now = after.seeds.at(seed);
    if (old.failure.empty() && now.failure.empty()) differences.push_back(now.percent - old.percent);
  }
  return differences;
}

/// Accuracies are held where chains are not the baseline's: of unchanged trials in another class, and of changed ones.
bool has_accuracies_to_hold(const CheckedCell& cell, const GuardedCell& before, const Snapshot& now) {
  if (cell.state == Guarded::within) return true;
  if (cell.state != Guarded::changed || now.cells.at(cell.id).rule != before.rule) return false;
  return differences_of(before, now.cells.at(cell.id)).size() >= static_cast<size_t>(kFewestBaselineSeeds);
}

/// Holm over the cells whose accuracies are compared; `allowed` and the smallest move are those of Holm's first step,
/// the strictest.
void hold_accuracies(CheckResult& result, const Baseline& baseline, const Snapshot& now) {
  std::vector<CheckedCell*> family;
  for (auto& cell : result.cells) {
    if (has_accuracies_to_hold(cell, baseline.snapshot.cells.at(cell.id), now)) family.push_back(&cell);
  }
  std::vector<double> p;
  for (auto* cell : family) {
    const auto& before = baseline.snapshot.cells.at(cell->id);
    const double half_image = before.test_images > 0 ? 50.0 / static_cast<double>(before.test_images) : 0;
    const auto mean = paired_mean(differences_of(before, now.cells.at(cell->id)), half_image);
    const auto interval = paired_interval(mean, kFalseAlarms / static_cast<double>(family.size()), kGuardPower);
    cell->compared = true;
    cell->move = mean.mean;
    cell->allowed = interval.allowed;
    cell->smallest_move = interval.seen;
    cell->p = mean.p;
    p.push_back(mean.p);
  }
  const auto adjusted = holm(p);
  for (size_t i = 0; i < family.size(); ++i) {
    auto& cell = *family[i];
    cell.adjusted_p = adjusted[i];
    if (adjusted[i] < kFalseAlarms) {
      cell.state = Guarded::outside;
    } else if (cell.state == Guarded::within && cell.smallest_move > result.max_move) {
      cell.state = Guarded::blind;
      cell.reason = "a move of " + shortest(result.max_move) + " points would not be seen; " + cell.reason;
    }
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
    case Guarded::changed:
      return "changed";
    case Guarded::blind:
      return "blind";
    case Guarded::within:
      return "within";
    case Guarded::same_chains:
      return "same chains";
  }
  return "";
}

bool is_fault(Guarded state) { return state <= Guarded::outside; }
bool is_gap(Guarded state) { return state > Guarded::outside && state <= Guarded::blind; }

bool CheckResult::has_fault() const {
  return std::any_of(cells.begin(), cells.end(), [](const CheckedCell& cell) { return is_fault(cell.state); });
}

bool CheckResult::has_gap() const {
  return cells.empty() ||
         std::any_of(cells.begin(), cells.end(), [](const CheckedCell& cell) { return is_gap(cell.state); });
}

CheckResult check_against(const Baseline& baseline, const Snapshot& now, double max_move) {
  CheckResult result{.cells = {}, .unguarded = {}, .max_move = max_move};
  for (const auto& [id, cell] : baseline.snapshot.cells)
    result.cells.push_back(CellCheck(id, cell, baseline.snapshot, now).check());
  hold_accuracies(result, baseline, now);
  std::stable_sort(result.cells.begin(), result.cells.end(),
                   [](const CheckedCell& a, const CheckedCell& b) { return a.state < b.state; });
  for (const auto& [id, cell] : now.cells) {
    if (!baseline.snapshot.cells.contains(id)) result.unguarded.push_back(id);
  }
  return result;
}

}  // namespace nlb
