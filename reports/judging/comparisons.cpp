#include "reports/judging/comparisons.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "reports/judging/judging.h"
#include "reports/judging/paired.h"
#include "reports/judging/statistics.h"

namespace nlb {
namespace {

/// The pairs that differ, in either order.
class DifferingPairs {
 public:
  explicit DifferingPairs(const std::vector<CellPair>& pairs) {
    for (const auto& pair : pairs) {
      if (pair.test.differs()) pairs_.insert(std::minmax(pair.first, pair.second));
    }
  }
  bool contain(const Cell* a, const Cell* b) const { return pairs_.contains(std::minmax(a, b)); }

 private:
  std::set<std::pair<const Cell*, const Cell*>> pairs_;
};

/// Why a cell of a measured row has no place in the ranking; "" if it has one.
std::string unranked_reason(const Table& table, const Cell& cell, const std::string& rule) {
  if (const auto reason = incomparable(table, cell, rule)) return *reason;
  return cell.seeds.size() < 2 ? "one seed" : "";
}

void rank_cells(ColumnRanking& ranking, bool lower_is_better) {
  std::stable_sort(ranking.ranks.begin(), ranking.ranks.end(),
                   [&](const Rank& a, const Rank& b) { return lower_is_better ? a.mean < b.mean : a.mean > b.mean; });
}

void test_pairs(ColumnRanking& ranking, bool lower_is_better) {
  std::vector<double> p;
  for (size_t i = 0; i < ranking.ranks.size(); ++i) {
    for (size_t j = i + 1; j < ranking.ranks.size(); ++j) {
      const auto* first = ranking.ranks[i].cell;
      const auto* second = ranking.ranks[j].cell;
      if (const auto test = paired_test(*first, *second, ranking.rule, lower_is_better)) {
        ranking.pairs.push_back({first, second, *test});
        p.push_back(test->p);
      }
    }
  }
  const auto adjusted = holm(p);
  for (size_t i = 0; i < adjusted.size(); ++i) ranking.pairs[i].test.adjusted_p = adjusted[i];
}

void set_intervals(ColumnRanking& ranking, const DifferingPairs& differing) {
  auto& ranks = ranking.ranks;
  std::map<const Cell*, int> better, worse;
  for (const auto& pair : ranking.pairs) {
    if (!pair.test.differs()) continue;
    const bool first_wins = pair.test.difference > 0;
    ++better[first_wins ? pair.second : pair.first];
    ++worse[first_wins ? pair.first : pair.second];
  }
  for (auto& rank : ranks) {
    // Only rows that differ have a sure order: as many as are better lie above, as many as are worse lie below.
    rank.low = 1 + better[rank.cell];
    rank.high = static_cast<int>(ranks.size()) - worse[rank.cell];
    const bool ties = rank.cell == ranks.front().cell || !differing.contain(ranks.front().cell, rank.cell);
    rank.ties_best = ties && ranks.size() > 1;  // nobody wins alone
  }
}

/// Maximal runs of neighbours without a differing pair; a run inside another is left out.
void set_tie_groups(ColumnRanking& ranking, const DifferingPairs& differing) {
  const auto& ranks = ranking.ranks;
  size_t end_before = 0;
  for (size_t begin = 0; begin < ranks.size(); ++begin) {
    size_t end = begin + 1;
    const auto ties_all = [&](size_t next) {
      for (size_t i = begin; i < next; ++i) {
        if (differing.contain(ranks[i].cell, ranks[next].cell)) return false;
      }
      return true;
    };
    while (end < ranks.size() && ties_all(end)) ++end;
    if (end <= end_before) continue;
    end_before = end;
    auto& run = ranking.tie_groups.emplace_back();
    for (size_t i = begin; i < end; ++i) run.push_back(ranks[i].cell);
  }
}

}  // namespace

std::optional<PairedTest> paired_test(const Cell& first, const Cell& second, const std::string& rule,
                                      bool lower_is_better) {
  // Matched by the name of the seed entry: one of the two rows may not have all of them.
  std::map<std::string, double> others;
  for (const auto& seed : second.seeds) {
    if (const auto found = seed.percent.find(rule); found != seed.percent.end()) others[seed.seed] = found->second;
  }
  std::vector<double> differences;
  for (const auto& seed : first.seeds) {
    const auto mine = seed.percent.find(rule);
    const auto other = others.find(seed.seed);
    if (mine == seed.percent.end() || other == others.end()) continue;
    differences.push_back((mine->second - other->second) * (lower_is_better ? -1 : 1));
  }
  if (differences.size() < 2) return std::nullopt;
  const auto mean = paired_mean(differences, resolution(first));
  PairedTest test{.n = mean.n, .difference = mean.mean, .p = mean.p, .adjusted_p = mean.p};
  const bool all_zero = std::all_of(differences.begin(), differences.end(), [](double one) { return one == 0; });
  if (!all_zero) test.uncertainty = student_t_quantile(0.975, mean.n - 1) * mean.error;
  return test;
}

const Rank* ColumnRanking::find(const Row& row) const {
  const auto found = std::find_if(ranks.begin(), ranks.end(), [&](const Rank& rank) { return rank.cell->row == &row; });
  return found == ranks.end() ? nullptr : &*found;
}

std::string ColumnRanking::unranked_reason(const Row& row) const {
  const auto found =
      std::find_if(unranked.begin(), unranked.end(), [&](const Unranked& one) { return one.cell->row == &row; });
  return found == unranked.end() ? std::string() : found->reason;
}

const CellPair* ColumnRanking::find(const Row& a, const Row& b) const {
  const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const CellPair& pair) {
    return (pair.first->row == &a && pair.second->row == &b) || (pair.first->row == &b && pair.second->row == &a);
  });
  return found == pairs.end() ? nullptr : &*found;
}

ColumnRanking rank_column(const Table& table, const Group& group, const Column& column, const std::string& rule) {
  ColumnRanking ranking{.column = &column, .rule = rule};
  for (const auto& row : group.rows) {
    if (!row.is_ranked()) continue;
    const auto& cell = *table.find(group.id, row.id, column.id);
    if (auto reason = unranked_reason(table, cell, rule); !reason.empty()) {
      ranking.unranked.push_back({&cell, std::move(reason)});
    } else {
      ranking.ranks.push_back({.cell = &cell, .mean = summarise(cell.values(rule)).mean});
    }
  }
  rank_cells(ranking, table.protocol->lower_is_better);
  test_pairs(ranking, table.protocol->lower_is_better);
  const DifferingPairs differing(ranking.pairs);
  set_intervals(ranking, differing);
  set_tie_groups(ranking, differing);
  return ranking;
}

std::vector<PairwiseWins> pairwise_wins(const std::vector<ColumnRanking>& rankings, const Group& group) {
  std::map<std::pair<const Row*, const Row*>, PairwiseWins> counts;
  for (const auto& ranking : rankings) {
    // Derived columns are made of the others and would count them twice.
    if (ranking.column->kind != Column::Kind::setting) continue;
    for (const auto& pair : ranking.pairs) {
      const bool first_wins = pair.test.difference > 0;
      auto& forth = counts[{pair.first->row, pair.second->row}];
      auto& back = counts[{pair.second->row, pair.first->row}];
      ++(pair.test.differs() ? (first_wins ? forth.wins : forth.losses) : forth.ties);
      ++(pair.test.differs() ? (first_wins ? back.losses : back.wins) : back.ties);
    }
  }
  std::vector<PairwiseWins> all;
  for (const auto& row : group.rows) {
    for (const auto& other : group.rows) {
      const auto found = counts.find({&row, &other});
      if (found == counts.end()) continue;
      all.push_back(found->second);
      all.back().row = &row;
      all.back().other = &other;
    }
  }
  return all;
}

std::string rank_text(const Rank& rank) {
  if (rank.low == rank.high) return std::to_string(rank.low);
  return std::to_string(rank.low) + "–" + std::to_string(rank.high);
}

}  // namespace nlb
