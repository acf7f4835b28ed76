#include "reports/judging/looks.h"

#include <algorithm>

namespace nlb {
namespace {

bool may_be_decided(const Judgement& judgement) {
  const bool waits = judgement.verdict == Verdict::consistent || judgement.verdict == Verdict::undecided;
  return waits && judgement.further_seeds.has_value();
}

/// Words that say why a value is never judged, whatever the seeds.
bool is_never_judged(CellWord word) {
  return word == CellWord::not_comparable || word == CellWord::recalled || word == CellWord::conditions_unknown;
}

bool asks_for_seeds(const Cell& cell) {
  // Without a seed there is nothing to judge yet; where one failed, more of the others would not be judged either.
  if (cell.seeds.empty() || cell.state == CellState::failed) return false;
  return std::any_of(cell.judgements.begin(), cell.judgements.end(), [](const PublishedJudgement& judgement) {
    return !is_never_judged(judgement.word) &&
           std::any_of(judgement.by_rule.begin(), judgement.by_rule.end(),
                       [](const auto& by_rule) { return may_be_decided(by_rule.second); });
  });
}

}  // namespace

std::set<Place> open_places(const Table& table) {
  std::set<Place> open;
  for (const auto& cell : table.cells) {
    if (!asks_for_seeds(cell)) continue;
    for (const auto& setting : cell.column->settings)
      open.insert({table.protocol->id, cell.group->id, cell.row->id, setting});
  }
  return open;
}

void mark_looks(RecordIndex& records, const std::set<std::string>& trials, const std::vector<int>& looks) {
  for (auto& [trial, list] : records.by_trial) {
    if (!trials.contains(trial)) continue;
    for (auto& record : list) record.looks = looks;
  }
}

}  // namespace nlb
