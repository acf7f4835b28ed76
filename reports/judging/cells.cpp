#include "reports/judging/cells.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <tuple>

#include "datasets/noise_inputs.h"
#include "datasets/noise_matrix.h"
#include "protocols/own_data.h"
#include "protocols/plan.h"
#include "reports/judging/imported_rows.h"
#include "reports/judging/judging.h"
#include "reports/judging/one_class.h"

namespace nlb {
namespace {

double percent(int64_t correct, int64_t count) {
  return count == 0 ? 0 : 100.0 * static_cast<double>(correct) / static_cast<double>(count);
}

/// Trapezoid over the abscissa of the error, divided by its width: percent.
double error_area(const std::vector<double>& abscissa, const std::vector<double>& accuracy) {
  double area = 0;
  for (size_t i = 1; i < abscissa.size(); ++i) {
    // Accuracies are in percent: over the interval the mean error is 100 - (a + b) / 2.
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
  for (const auto& rule : all_rules()) {
    std::vector<double> accuracy;
    for (const auto* record : value.records) {
      const auto values = rule_values(record->result);
      if (const auto found = values.find(rule); found != values.end()) accuracy.push_back(found->second);
    }
    // A rule counts only where every record of the column has it.
    if (accuracy.size() == value.records.size()) value.percent[rule] = derive(column, accuracy, as_error);
  }
  return value;
}

/// Whether a network never predicts more classes than a perfect fit to its noisy labels would: where a map moves most
/// of a class, not to name that class is no accident of a seed.
bool misses_class(const Record& record, const Facts& facts) {
  const int64_t missing = record.result.final_counts.classes_never_predicted.value_or(0);
  const auto known = facts.datasets.find(record.spec.data.dataset);
  const auto& noise = record.spec.noise;
  if (missing == 0 || !noise || known == facts.datasets.end()) return missing > 0;
  return missing > classes_never_most_probable(*noise, known->second.classes, record.spec.seeds.noise.value_or(0));
}

/// Fills one cell: what records there are for its trials, and why some are not.
class CellBuilder {
 public:
  CellBuilder(const Protocol& protocol, const Facts& facts, const RecordIndex& records,
              const std::map<std::string, std::string>& skipped)
      : protocol_(protocol), facts_(facts), records_(records), skipped_(skipped) {}

  void measure(Cell& cell) {
    if (!runs(cell)) return;
    std::vector<const SeedEntry*> entries;
    for (const auto& name : cell.row->seeds) entries.push_back(&entry_named(name));
    for (const auto* entry : further_entries(cell)) entries.push_back(entry);
    const CellRecords records(records_, trials_of(cell, entries));
    std::string failed, no_data;
    for (const auto* entry : entries) add_seed(cell, *entry, records, failed, no_data);
    cell.wanted_seeds = wanted_seeds(cell);
    cell.wanted_trials = cell.wanted_seeds * static_cast<int>(cell.column->settings.size());
    name_state(cell, failed, no_data);
  }
  const std::set<std::string>& faults() const { return faults_; }
  const std::set<std::string>& trials() const { return trials_; }

 private:
  static bool imported(const Cell& cell) { return cell.row->status == Row::Status::imported; }

  static bool runs(Cell& cell) {
    if (cell.row->is_ranked()) return true;
    cell.state = cell.row->status == Row::Status::planned ? CellState::not_built : CellState::published_only;
    cell.reason = cell.row->status == Row::Status::planned ? "the method is not built yet" : "published only";
    return false;
  }

  const SeedEntry& entry_named(const std::string& name) const {
    return *std::find_if(protocol_.seeds.begin(), protocol_.seeds.end(),
                         [&](const SeedEntry& entry) { return entry.name == name; });
  }

  /// Derived columns and others share trials, and an id costs a digest.
  const std::string& trial_at(const Cell& cell, const std::string& name, const SeedEntry& seed) {
    const auto& setting = cell.group->setting(name);
    auto& id = ids_[{cell.row, &setting, &seed}];
    if (!id.empty()) return id;
    id = imported(cell) ? imported_id(protocol_.id, cell.group->id, cell.row->id, name, seed.name)
                        : trial_id(resolve_spec(protocol_, *cell.group, *cell.row, setting, seed, facts_));
    return id;
  }

  std::vector<std::string> trials_of(const Cell& cell, const std::vector<const SeedEntry*>& entries) {
    std::vector<std::string> trials;
    for (const auto* entry : entries) {
      for (const auto& setting : cell.column->settings) trials.push_back(trial_at(cell, setting, *entry));
    }
    return trials;
  }

  /// Entries beyond the row's own that `--until-decided` went on with.
  std::vector<const SeedEntry*> further_entries(const Cell& cell) {
    std::vector<const SeedEntry*> further;
    if (protocol_.seed_looks.empty() || imported(cell)) return further;
    for (const auto& entry : protocol_.seeds) {
      const auto& own = cell.row->seeds;
      if (std::find(own.begin(), own.end(), entry.name) != own.end()) continue;
      const auto* record = records_.find(trial_at(cell, cell.column->settings.front(), entry));
      if (record != nullptr && !record->looks.empty()) further.push_back(&entry);
    }
    return further;
  }

  /// The row's own number; with `--until-decided` the look that is reached or comes next.
  int wanted_seeds(const Cell& cell) const {
    const int found = static_cast<int>(cell.seeds.size());
    if (imported(cell)) return found;
    if (cell.looks > 0) {
      for (const int look : protocol_.seed_looks) {
        if (look >= found) return look;
      }
      return found;
    }
    return static_cast<int>(cell.row->seeds.size());
  }

  void add_seed(Cell& cell, const SeedEntry& seed, const CellRecords& records, std::string& failed,
                std::string& no_data) {
    auto found = records_of(cell, seed, records, failed, no_data);
    if (found.size() != cell.column->settings.size()) return;
    cell.seeds.push_back(seed_value(*cell.column, seed.name, std::move(found), protocol_.lower_is_better));
    auto& value = cell.seeds.back();
    value.missing_class = cell.column->kind == Column::Kind::setting && misses_class(*value.records.front(), facts_);
  }

  std::vector<const Record*> records_of(Cell& cell, const SeedEntry& seed, const CellRecords& records,
                                        std::string& failed, std::string& no_data) {
    std::vector<const Record*> found;
    for (const auto& setting : cell.column->settings) {
      const auto& trial = trial_at(cell, setting, seed);
      trials_.insert(trial);
      if (const auto fault = records_.determinism_faults.find(trial); fault != records_.determinism_faults.end())
        faults_.insert(fault->second.begin(), fault->second.end());
      const auto* record = records.find(trial);
      if (record == nullptr) {
        if (const auto reason = skipped_.find(trial); reason != skipped_.end()) no_data = reason->second;
      } else if (record->result.status == TrialResult::Status::failed) {
        failed = "seed " + seed.name + " failed in epoch " + std::to_string(record->result.failure_epoch) + ": " +
                 record->result.failure;
      } else {
        ++cell.found_trials;
        cell.looks = std::max(cell.looks, static_cast<int>(record->looks.size()));
        found.push_back(record);
      }
    }
    return found;
  }

  static void name_state(Cell& cell, const std::string& failed, const std::string& no_data) {
    // In the order of what a reader must know first: complete, failed, begun, and only then why nothing is there.
    if (imported(cell) && cell.seeds.empty()) {
      cell.state = CellState::not_run;
      cell.reason = "no predictions imported";
    } else if (static_cast<int>(cell.seeds.size()) == cell.wanted_seeds) {
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
  std::map<std::tuple<const Row*, const Setting*, const SeedEntry*>, std::string> ids_;
  std::set<std::string> trials_, faults_;
};

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

const std::vector<std::string>& all_rules() {
  static const std::vector<std::string> rules = [] {
    auto every = selection_rules();
    every.emplace_back("best_on_val_latest");
    return every;
  }();
  return rules;
}

RuleValues rule_values(const TrialResult& result) {
  const auto& counts = result.final_counts;
  RuleValues values = {{"last", percent(counts.last, counts.test_count)}};
  if (!counts.last_ten.empty()) {  // imported predictions of one epoch have no other rule
    values["best_on_test"] = percent(counts.best_on_test, counts.test_count);
    const int64_t sum = std::accumulate(counts.last_ten.begin(), counts.last_ten.end(), int64_t{0});
    values["mean_last_10"] = percent(sum, counts.test_count * static_cast<int64_t>(counts.last_ten.size()));
  }
  if (counts.best_on_val) values["best_on_val"] = percent(*counts.best_on_val, counts.test_count);
  if (counts.best_on_val_latest) values["best_on_val_latest"] = percent(*counts.best_on_val_latest, counts.test_count);
  return values;
}

WordsOf<CellWord> words_of(CellWord /*of*/) {
  static constexpr Word<CellWord> kWords[] = {{CellWord::match, "match"},
                                              {CellWord::consistent, "consistent"},
                                              {CellWord::better, "better"},
                                              {CellWord::worse, "worse"},
                                              {CellWord::undecided, "undecided"},
                                              {CellWord::unstable, "unstable"},
                                              {CellWord::depends_on_rule, "depends on the rule"},
                                              {CellWord::not_comparable, "not comparable"},
                                              {CellWord::conditions_unknown, "conditions unknown"},
                                              {CellWord::recalled, "recalled"},
                                              {CellWord::incomplete, "incomplete"},
                                              {CellWord::failed, "failed"},
                                              {CellWord::no_data, "no data"},
                                              {CellWord::not_run, "not run"},
                                              {CellWord::not_built, "not built"},
                                              {CellWord::published_only, "published only"},
                                              {CellWord::measured, "measured"}};
  return kWords;
}

CellWord cell_word(CellState state) {
  switch (state) {
    case CellState::measured:
      return CellWord::measured;
    case CellState::incomplete:
      return CellWord::incomplete;
    case CellState::failed:
      return CellWord::failed;
    case CellState::no_data:
      return CellWord::no_data;
    case CellState::not_run:
      return CellWord::not_run;
    case CellState::not_built:
      return CellWord::not_built;
    case CellState::published_only:
      return CellWord::published_only;
  }
  return CellWord::not_run;
}

CellWord cell_word(Verdict verdict) {
  switch (verdict) {
    case Verdict::match:
      return CellWord::match;
    case Verdict::consistent:
      return CellWord::consistent;
    case Verdict::better:
      return CellWord::better;
    case Verdict::worse:
      return CellWord::worse;
    case Verdict::undecided:
      return CellWord::undecided;
    case Verdict::unstable:
      return CellWord::unstable;
  }
  return CellWord::undecided;
}

std::string Cell::id(const Protocol& protocol) const {
  const bool main = group == &protocol.groups.front();  // a row may stand in several groups
  return protocol.id + "/" + (main ? "" : group->id + ":") + row->id + "/" + column->id;
}

std::vector<double> Cell::values(const std::string& rule) const {
  std::vector<double> list;
  for (const auto& seed : seeds) {
    const auto found = seed.percent.find(rule);
    // A rule that one seed does not have is not measured here: the others alone would be another set of seeds.
    if (found == seed.percent.end()) return {};
    list.push_back(found->second);
  }
  return list;
}

int Cell::seeds_with_missing_class() const {
  return static_cast<int>(
      std::count_if(seeds.begin(), seeds.end(), [](const SeedValue& seed) { return seed.missing_class; }));
}

std::vector<std::string> varied_draws(const Cell& cell) {
  std::array<std::set<uint64_t>, 4> values;
  for (const auto& seed : cell.seeds) {
    const auto& spec = seed.records.front()->spec;
    const auto& seeds = spec.seeds;
    if (seeds.noise && spec.noise && is_drawn(*spec.noise)) values[0].insert(*seeds.noise);
    values[1].insert(seeds.split);
    values[2].insert(seeds.init);
    values[3].insert(seeds.train);
  }
  std::vector<std::string> varied;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].size() > 1) varied.emplace_back(std::array{"noise", "split", "init", "train"}[i]);
  }
  return varied;
}

double resolution(const Cell& cell) {
  if (cell.seeds.empty()) return 0;
  const auto& records = cell.seeds.front().records;
  const auto images = records.front()->result.final_counts.test_count * static_cast<int64_t>(records.size());
  // Half an image, in percent.
  return images == 0 ? 0 : 50.0 / static_cast<double>(images);
}

const Cell* Table::find(const std::string& group, const std::string& row, const std::string& column) const {
  const auto found = places.find({group, row, column});
  return found == places.end() ? nullptr : &cells[found->second];
}

Table make_table(const Protocol& protocol, const Facts& facts, const RecordIndex& records,
                 const std::map<std::string, std::string>& skipped) {
  Table table{.protocol = &protocol};
  const KnownFacts known(facts, std::vector<const Protocol*>{&protocol});
  CellBuilder builder(protocol, known.get(), records, skipped);
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
  table.trials = builder.trials();
  table.faults.assign(builder.faults().begin(), builder.faults().end());
  return table;
}

}  // namespace nlb
