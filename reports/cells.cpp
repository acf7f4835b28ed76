#include "reports/cells.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "protocols/plan.h"
#include "reports/statistics.h"

namespace nlb {
namespace {

double percent(int64_t correct, int64_t count) {
  return count == 0 ? 0 : 100.0 * static_cast<double>(correct) / static_cast<double>(count);
}

/// Trapezoid over the abscissa of the error, divided by its width: percent.
double error_area(const std::vector<double>& abscissa, const std::vector<double>& accuracy) {
  double area = 0;
  for (size_t i = 1; i < abscissa.size(); ++i) {
    area += (abscissa[i] - abscissa[i - 1]) * (200 - accuracy[i] - accuracy[i - 1]) / 2;
  }
  return area / (abscissa.back() - abscissa.front());
}

/// `as_error`: the table shows errors, not accuracies.
double derive(const Column& column, const std::vector<double>& accuracy, bool as_error) {
  if (column.kind == Column::Kind::error_area) return error_area(column.abscissa, accuracy);
  const double mean = std::accumulate(accuracy.begin(), accuracy.end(), 0.0) / static_cast<double>(accuracy.size());
  return as_error ? 100 - mean : mean;
}

/// The seed's own value of a cell, from its own records, rule by rule; nothing is imputed.
SeedValue seed_value(const Column& column, const std::string& seed, std::vector<const Record*> records, bool as_error) {
  SeedValue value{.seed = seed, .records = std::move(records)};
  for (const auto& rule : selection_rules()) {
    std::vector<double> accuracy;
    for (const auto* record : value.records) {
      const auto values = rule_values(record->result);
      if (const auto found = values.find(rule); found != values.end()) accuracy.push_back(found->second);
    }
    if (accuracy.size() == value.records.size()) value.percent[rule] = derive(column, accuracy, as_error);
  }
  value.missing_class = column.kind == Column::Kind::setting &&
                        value.records.front()->result.final_counts.classes_never_predicted.value_or(0) > 0;
  return value;
}

/// Fills one cell: what records there are for its trials, and why some are not.
class CellBuilder {
 public:
  CellBuilder(const Protocol& protocol, const Facts& facts, const RecordIndex& records,
              const std::map<std::string, std::string>& skipped)
      : protocol_(protocol), facts_(facts), records_(records), skipped_(skipped) {}

  void measure(Cell& cell) {
    if (!runs(cell)) return;
    std::string failed, no_data;
    for (const auto& name : cell.row->seeds) {
      const auto records = records_of(cell, name, failed, no_data);
      if (records.size() == cell.column->settings.size())
        cell.seeds.push_back(seed_value(*cell.column, name, records, protocol_.lower_is_better));
    }
    cell.wanted_seeds = static_cast<int>(cell.row->seeds.size());
    name_state(cell, failed, no_data);
  }
  const std::set<std::string>& faults() const { return faults_; }

 private:
  static bool runs(Cell& cell) {
    if (cell.row->status == Row::Status::measured) return true;
    cell.state = cell.row->status == Row::Status::planned ? CellState::not_built : CellState::published_only;
    cell.reason = cell.row->status == Row::Status::planned ? "the method is not built yet" : "published only";
    return false;
  }

  std::vector<const Record*> records_of(Cell& cell, const std::string& seed_name, std::string& failed,
                                        std::string& no_data) {
    const auto seed = std::find_if(protocol_.seeds.begin(), protocol_.seeds.end(),
                                   [&](const SeedEntry& entry) { return entry.name == seed_name; });
    std::vector<const Record*> found;
    for (const auto& setting : cell.column->settings) {
      const auto trial = resolve_trial(protocol_, *cell.group, *cell.row, cell.group->setting(setting), *seed, facts_);
      ++cell.wanted_trials;
      if (const auto fault = records_.determinism_faults.find(trial.id); fault != records_.determinism_faults.end())
        faults_.insert(fault->second.begin(), fault->second.end());
      const auto* record = records_.find(trial.id);
      if (record == nullptr) {
        if (const auto reason = skipped_.find(trial.id); reason != skipped_.end()) no_data = reason->second;
      } else if (record->result.status == TrialResult::Status::failed) {
        failed = "seed " + seed_name + " failed in epoch " + std::to_string(record->result.failure_epoch) + ": " +
                 record->result.failure;
      } else {
        ++cell.found_trials;
        found.push_back(record);
      }
    }
    return found;
  }

  static void name_state(Cell& cell, const std::string& failed, const std::string& no_data) {
    if (static_cast<int>(cell.seeds.size()) == cell.wanted_seeds) {
      cell.state = CellState::measured;
    } else if (!failed.empty()) {
      cell.state = CellState::failed;
      cell.reason = failed;
    } else if (cell.found_trials > 0) {
      cell.state = CellState::incomplete;
      cell.reason = std::to_string(cell.found_trials) + " of " + std::to_string(cell.wanted_trials) + " trials";
    } else {
      cell.state = no_data.empty() ? CellState::not_run : CellState::no_data;
      cell.reason = no_data.empty() ? "not run" : no_data;
    }
  }

  const Protocol& protocol_;
  const Facts& facts_;
  const RecordIndex& records_;
  const std::map<std::string, std::string>& skipped_;
  std::set<std::string> faults_;
};

/// The rules under which a published value is judged: its own; all where the source is silent; two for a bare "last".
std::vector<std::string> rules_to_judge(const PublishedValue& published, const Cell& cell) {
  std::vector<std::string> wanted = {published.rule};
  if (published.rule == "unknown") wanted = selection_rules();
  if (published.rule == "last_or_mean_last_10") wanted = {"last", "mean_last_10"};
  std::erase_if(wanted, [&](const std::string& rule) { return cell.values(rule).empty(); });
  return wanted;
}

std::string agreed_word(const std::map<std::string, Judgement>& by_rule) {
  std::set<Verdict> verdicts;
  for (const auto& [rule, judgement] : by_rule) verdicts.insert(judgement.verdict);
  return verdicts.size() == 1 ? verdict_word(*verdicts.begin()) : "depends on the rule";
}

double tolerance_of(const Protocol& protocol, const std::string& column) {
  const auto found = protocol.tolerance.columns.find(column);
  return found == protocol.tolerance.columns.end() ? protocol.tolerance.points : found->second;
}

PublishedJudgement judge_published(const Protocol& protocol, const Cell& cell, const PublishedValue& published) {
  PublishedJudgement result{.published = &published};
  // Where a seed failed, the others are survivors: shown, not judged.
  if (cell.seeds.empty() || cell.state == CellState::failed) {
    result.word = cell_state_word(cell.state);
    result.reason = cell.reason;
    return result;
  }
  int missing = 0;
  for (const auto& seed : cell.seeds) missing += seed.missing_class ? 1 : 0;
  for (const auto& rule : rules_to_judge(published, cell)) {
    const auto values = cell.values(rule);
    result.by_rule[rule] = judge({.values = values, .seeds_with_missing_class = missing}, published,
                                 tolerance_of(protocol, cell.column->id), protocol.lower_is_better);
  }
  if (!published.difference.empty()) {
    result.word = "not comparable";
    result.reason = published.difference;
  } else if (published.kind == "paper-recalled") {
    result.word = "recalled";
    result.reason = "the source was not looked up; shown, decides nothing";
  } else if (!cell.row->conditions_known) {
    result.word = "conditions unknown";
    result.reason = "nobody knows the recipe behind the published value; ours is the group's";
  } else if (result.by_rule.empty()) {
    result.word = "not comparable";
    result.reason = "the rule " + published.rule + " was not measured";
  } else {
    result.word = agreed_word(result.by_rule);
    result.reason = result.by_rule.begin()->second.reason;
  }
  return result;
}

bool is_verdict(const std::string& word) {
  return word == "match" || word == "consistent" || word == "better" || word == "worse" || word == "undecided" ||
         word == "unstable";
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
    if (static_cast<int>(deltas.size()) == counted) means.push_back(summarise(deltas).mean);
  }
  const auto sample = summarise(means);
  Shift shift{.seeds = sample.n, .cells = counted, .mean = sample.mean};
  if (sample.n < 2) return shift;
  const double ours = sample.deviation * sample.deviation / sample.n;
  const double theirs = printed / (static_cast<double>(counted) * counted);
  shift.uncertainty = student_t_quantile(0.975, sample.n - 1) * std::sqrt(ours + theirs);
  shift.flagged = std::abs(shift.mean) > shift.uncertainty;
  return shift;
}

void count_words(Table& table) {
  std::vector<double> uncertainties;
  for (const auto& cell : table.cells) {
    if (cell.state == CellState::published_only) continue;
    for (const auto& judgement : cell.judgements) {
      ++table.published;
      ++table.word_counts[judgement.word];
      if (!cell.seeds.empty() && cell.state != CellState::failed) ++table.measured;
      if (judgement.word == "consistent") uncertainties.push_back(judgement.by_rule.begin()->second.uncertainty);
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

void list_records(Table& table) {
  std::set<std::string> digests;
  for (const auto& cell : table.cells) {
    for (const auto& seed : cell.seeds) {
      for (const auto* record : seed.records) digests.insert(record->digest);
    }
  }
  table.record_digests.assign(digests.begin(), digests.end());
}

}  // namespace

const std::vector<std::string>& selection_rules() {
  static const std::vector<std::string> rules = {"last", "mean_last_10", "best_on_test", "best_on_val"};
  return rules;
}

RuleValues rule_values(const TrialResult& result) {
  const auto& counts = result.final_counts;
  RuleValues values = {{"last", percent(counts.last, counts.test_count)},
                       {"best_on_test", percent(counts.best_on_test, counts.test_count)}};
  if (!counts.last_ten.empty()) {
    const int64_t sum = std::accumulate(counts.last_ten.begin(), counts.last_ten.end(), int64_t{0});
    values["mean_last_10"] = percent(sum, counts.test_count * static_cast<int64_t>(counts.last_ten.size()));
  }
  if (counts.best_on_val) values["best_on_val"] = percent(*counts.best_on_val, counts.test_count);
  return values;
}

std::string cell_state_word(CellState state) {
  switch (state) {
    case CellState::measured:
      return "measured";
    case CellState::incomplete:
      return "incomplete";
    case CellState::failed:
      return "failed";
    case CellState::no_data:
      return "no data";
    case CellState::not_run:
      return "not run";
    case CellState::not_built:
      return "not built";
    case CellState::published_only:
      return "published only";
  }
  return "";
}

std::string Cell::id(const Protocol& protocol) const {
  const bool main = group == &protocol.groups.front();  // a row may stand in several groups
  return protocol.id + "/" + (main ? "" : group->id + ":") + row->id + "/" + column->id;
}

std::vector<double> Cell::values(const std::string& rule) const {
  std::vector<double> list;
  for (const auto& seed : seeds) {
    const auto found = seed.percent.find(rule);
    if (found == seed.percent.end()) return {};
    list.push_back(found->second);
  }
  return list;
}

const Cell* Table::find(const std::string& group, const std::string& row, const std::string& column) const {
  const auto found = places.find({group, row, column});
  return found == places.end() ? nullptr : &cells[found->second];
}

Table make_table(const Protocol& protocol, const Facts& facts, const RecordIndex& records,
                 const std::map<std::string, std::string>& skipped) {
  Table table{.protocol = &protocol};
  CellBuilder builder(protocol, facts, records, skipped);
  for (const auto& group : protocol.groups) {
    for (const auto& row : group.rows) {
      for (const auto& column : group.columns) {
        Cell cell{.group = &group, .row = &row, .column = &column};
        builder.measure(cell);
        for (const auto& published : row.published) {
          if (published.column == column.id) cell.judgements.push_back(judge_published(protocol, cell, published));
        }
        table.places[{group.id, row.id, column.id}] = table.cells.size();
        table.cells.push_back(std::move(cell));
      }
    }
  }
  count_words(table);
  add_shifts(table);
  list_records(table);
  table.faults.assign(builder.faults().begin(), builder.faults().end());
  return table;
}

}  // namespace nlb
