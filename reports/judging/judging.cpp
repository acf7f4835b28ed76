#include "reports/judging/judging.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "reports/judging/rules.h"
#include "reports/judging/statistics.h"

namespace nlb {
namespace {

/// The rules under which a published value is judged: its own; all where the source is silent; two for a bare "last".
std::vector<std::string> rules_to_judge(const PublishedValue& published, const Cell& cell) {
  std::vector<std::string> wanted = {published.rule};
  if (published.rule == "unknown") wanted = selection_rules();
  if (published.rule == "last_or_mean_last_10") wanted = {"last", "mean_last_10"};
  std::erase_if(wanted, [&](const std::string& rule) { return cell.values(rule).empty(); });
  return wanted;
}

CellWord agreed_word(const std::map<std::string, Judgement>& by_rule) {
  std::set<Verdict> verdicts;
  for (const auto& [rule, judgement] : by_rule) verdicts.insert(judgement.verdict);
  return verdicts.size() == 1 ? cell_word(*verdicts.begin()) : CellWord::depends_on_rule;
}

bool varies_all(const Cell& cell, const std::vector<std::string>& draws) {
  const auto varied = varied_draws(cell);
  return std::all_of(draws.begin(), draws.end(), [&](const std::string& draw) {
    return std::find(varied.begin(), varied.end(), draw) != varied.end();
  });
}

bool is_verdict(CellWord word) {
  return word == CellWord::match || word == CellWord::consistent || word == CellWord::better ||
         word == CellWord::worse || word == CellWord::undecided || word == CellWord::unstable;
}

/// Variance of a printed value: that of its mean, as the verdict counts it, and that of its rounding.
double printed_variance(const Cell& cell, const std::string& rule, const PublishedValue& published) {
  const auto sample = summarise(cell.values(rule));
  const double unit = std::pow(10.0, -published.decimals);
  return published_term(published, sample.deviation, sample.n).variance + unit * unit / 12;
}

/// Per seed: mean over the cells of (value - published); then a t interval over seeds, widened by the published side.
Shift shift_of(const std::vector<const Cell*>& cells, bool lower_is_better) {
  std::map<std::string, std::vector<double>> by_seed;
  double printed = 0;
  int counted = 0;
  for (const auto* cell : cells) {
    for (const auto& judgement : cell->judgements) {
      // A value that was judged under several rules has no single difference.
      if (!is_verdict(judgement.word) || judgement.by_rule.size() != 1) continue;
      const auto& rule = judgement.by_rule.begin()->first;
      for (const auto& seed : cell->seeds) {
        by_seed[seed.seed].push_back((seed.percent.at(rule) - judgement.published->value) * (lower_is_better ? -1 : 1));
      }
      printed += printed_variance(*cell, rule, *judgement.published);
      ++counted;
    }
  }
  std::vector<double> means;
  for (const auto& [seed, deltas] : by_seed) {
    // A seed that some cell does not have would be a mean over another mix of cells.
    if (static_cast<int>(deltas.size()) == counted) means.push_back(summarise(deltas).mean);
  }
  const auto sample = summarise(means);
  Shift shift{.seeds = sample.n, .cells = counted, .mean = sample.mean};
  if (sample.n < 2) return shift;
  const double ours = sample.deviation * sample.deviation / sample.n;
  // Of the mean of `counted` printed values, whose errors are independent of each other.
  const double theirs = printed / (static_cast<double>(counted) * counted);
  shift.uncertainty = student_t_quantile(0.975, sample.n - 1) * std::sqrt(ours + theirs);
  shift.flagged = std::abs(shift.mean) > shift.uncertainty;
  return shift;
}

}  // namespace

bool prints_values(const Protocol& protocol) {
  return std::any_of(protocol.groups.begin(), protocol.groups.end(), [](const Group& group) {
    return std::any_of(group.rows.begin(), group.rows.end(), [](const Row& row) { return !row.published.empty(); });
  });
}

bool compares_methods(const Protocol& protocol) {
  return protocol.kind == Protocol::Kind::table || protocol.kind == Protocol::Kind::own;
}

double tolerance_of(const Protocol& protocol, const std::string& column) {
  const auto found = protocol.tolerance.columns.find(column);
  return found == protocol.tolerance.columns.end() ? protocol.tolerance.points : found->second;
}

std::optional<std::string> incomparable(const Table& table, const Cell& cell, const std::string& rule) {
  if (cell.state != CellState::measured) return cell.reason;
  const auto values = cell.values(rule);
  if (values.empty()) return rule_label(rule) + " was not measured";
  // A tolerance has its scale from what is printed; where nothing is, the paired test alone knows the seeds' spread.
  if (!prints_values(*table.protocol)) return std::nullopt;
  return wide_spread(values, tolerance_of(*table.protocol, cell.column->id));
}

PublishedJudgement judge_published(const Protocol& protocol, const Cell& cell, const PublishedValue& published) {
  PublishedJudgement result{.published = &published};
  // Where a seed failed, the others are survivors: shown, not judged.
  if (cell.seeds.empty() || cell.state == CellState::failed) {
    result.word = cell_word(cell.state);
    result.reason = cell.reason;
    return result;
  }
  for (const auto& rule : rules_to_judge(published, cell)) {
    const auto values = cell.values(rule);
    result.by_rule[rule] = judge({.values = values,
                                  .seeds_with_missing_class = cell.seeds_with_missing_class(),
                                  .varied_the_shared_draws = varies_all(cell, published.shared),
                                  .looks = std::max(1, cell.looks)},
                                 published, tolerance_of(protocol, cell.column->id), protocol.lower_is_better);
  }
  if (!published.difference.empty()) {
    result.word = CellWord::not_comparable;
    result.reason = published.difference;
  } else if (published.kind == "paper-recalled") {
    result.word = CellWord::recalled;
    result.reason = "the source was not looked up; shown, decides nothing";
  } else if (!cell.row->conditions_known) {
    result.word = CellWord::conditions_unknown;
    result.reason = "nobody knows the recipe behind the published value; ours is the group's";
  } else if (result.by_rule.empty()) {
    result.word = CellWord::not_comparable;
    result.reason = "the rule " + published.rule + " was not measured";
  } else {
    result.word = agreed_word(result.by_rule);
    result.reason = result.by_rule.begin()->second.reason;
    if (cell.looks > 1) {
      const auto looks = std::to_string(cell.looks);
      result.reason += std::string(result.reason.empty() ? "" : "; ") + "run until decided: " + looks +
                       " looks at most, each with an error of 5 % / " + looks;
    }
  }
  return result;
}

void count_words(Table& table) {
  std::vector<double> uncertainties;
  for (const auto& cell : table.cells) {
    if (cell.state == CellState::published_only) continue;
    for (const auto& judgement : cell.judgements) {
      ++table.published;
      ++table.word_counts[judgement.word];
      if (!cell.seeds.empty() && cell.state != CellState::failed) ++table.measured;
      if (judgement.word == CellWord::consistent)
        uncertainties.push_back(judgement.by_rule.begin()->second.uncertainty);
    }
  }
  if (uncertainties.empty()) return;
  std::sort(uncertainties.begin(), uncertainties.end());
  const size_t half = uncertainties.size() / 2;
  table.median_consistent_uncertainty =
      uncertainties.size() % 2 == 1 ? uncertainties[half] : (uncertainties[half - 1] + uncertainties[half]) / 2;
}

void add_shifts(Table& table) {
  std::map<std::string, std::vector<const Cell*>> rows;
  std::vector<const Cell*> all;
  for (const auto& cell : table.cells) {
    if (cell.seeds.empty() || cell.state == CellState::failed) continue;
    rows[cell.group->id + "/" + cell.row->id].push_back(&cell);
    all.push_back(&cell);
  }
  for (const auto& [name, cells] : rows) table.row_shifts[name] = shift_of(cells, table.protocol->lower_is_better);
  table.shift = shift_of(all, table.protocol->lower_is_better);
}

}  // namespace nlb
