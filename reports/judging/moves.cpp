#include "reports/judging/moves.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "reports/judging/rules.h"
#include "reports/judging/statistics.h"

namespace nlb {
namespace {

std::string reason_of(const CellMove& move) {
  const bool has_before = !move.before->values(move.rule).empty();
  const bool has_after = !move.after->values(move.rule).empty();
  if (has_before && has_after) return "fewer than two seed entries in common";
  const auto& empty = has_before ? *move.after : *move.before;
  const std::string why = empty.seeds.empty() ? empty.reason : "the rule " + move.rule + " was not measured";
  return std::string(has_before ? "only in the first: " : "only in the second: ") + why;
}

CellMove move_of(const Table& table, const Cell& before, const Cell& after, const std::string& rule) {
  CellMove move{.id = before.id(*table.protocol),
                .rule = rule.empty() ? default_rule(*before.group) : rule,
                .before = &before,
                .after = &after,
                .test = std::nullopt};
  move.test = paired_test(after, before, move.rule, table.protocol->lower_is_better);
  if (!move.test) move.reason = reason_of(move);
  return move;
}

}  // namespace

std::vector<CellMove> cell_moves(const std::vector<Table>& before, const std::vector<Table>& after,
                                 const std::string& rule) {
  NLB_CHECK(before.size() == after.size(), "two tables of each protocol");
  std::vector<CellMove> moves;
  for (size_t t = 0; t < before.size(); ++t) {
    for (size_t c = 0; c < before[t].cells.size(); ++c) {
      // Both tables are of one protocol, so that cell c is the same place in both.
      const auto& old = before[t].cells[c];
      const auto& now = after[t].cells[c];
      if (!old.seeds.empty() || !now.seeds.empty()) moves.push_back(move_of(before[t], old, now, rule));
    }
  }
  std::vector<double> p;
  for (const auto& move : moves) {
    if (move.test) p.push_back(move.test->p);
  }
  const auto adjusted = holm(p);
  // holm answers in the order of p, which only the moves with a test entered.
  size_t next = 0;
  for (auto& move : moves) {
    if (move.test) move.test->adjusted_p = adjusted[next++];
  }
  std::stable_sort(moves.begin(), moves.end(), [](const CellMove& a, const CellMove& b) {
    if (a.test.has_value() != b.test.has_value()) return a.test.has_value();
    return a.test && std::abs(a.test->difference) > std::abs(b.test->difference);
  });
  return moves;
}

}  // namespace nlb
