// reports/judging/cells.h -- from protocol and records to cells: what was measured at each (row, column), per seed and
// selection rule, and what that says of each published value. Everything a page or a table shows is read off these
// structures.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/words.h"
#include "protocols/protocol.h"
#include "reports/judging/verdict.h"
#include "results/store.h"

namespace nlb {

/// Selection rules in the order they are shown.
const std::vector<std::string>& selection_rules();  ///< last, mean_last_10, best_on_test, best_on_val
/// These, and best_on_val_latest: shown only where a source says it, and no further reading where a source is silent.
const std::vector<std::string>& all_rules();

/// Percent by selection rule: accuracy; in tables where lower is better the error, or the area under its curve.
/// best_on_val and best_on_val_latest are absent without a held-out part.
using RuleValues = std::map<std::string, double>;
RuleValues rule_values(const TrialResult& result);

/// One seed entry's value of a cell; a derived cell has one record per setting.
struct SeedValue {
  std::string seed;
  std::vector<const Record*> records = {};
  RuleValues percent = {};
  bool missing_class = false;  ///< the network never predicts some class that its noise leaves in sight (columns of one
                               ///< setting only)
};

/// Why a cell has no value, or not all of its seeds.
enum class CellState { measured, incomplete, failed, no_data, not_run, not_built, published_only };

/// All that a table says of a published value or of a cell in a word or two: a Verdict, why there is none, a CellState.
enum class CellWord {
  match,
  consistent,
  better,
  worse,
  undecided,
  unstable,
  depends_on_rule,
  not_comparable,
  conditions_unknown,
  recalled,
  incomplete,
  failed,
  no_data,
  not_run,
  not_built,
  published_only,
  measured
};
WordsOf<CellWord> words_of(CellWord);
CellWord cell_word(CellState state);
CellWord cell_word(Verdict verdict);

/// What the measured values say of one published value.
struct PublishedJudgement {
  const PublishedValue* published = nullptr;
  CellWord word = CellWord::not_run;
  std::map<std::string, Judgement> by_rule = {};  ///< the rules that were judged
  std::string reason = {};
};

struct Cell {
  const Group* group = nullptr;
  const Row* row = nullptr;
  const Column* column = nullptr;
  CellState state = CellState::not_run;
  std::string reason = {};  ///< in words where state is not measured
  int wanted_seeds = 0, wanted_trials = 0, found_trials = 0;
  /// Where trials were run with `--until-decided`: at how many seed counts it may have looked; else 0. Such a cell is
  /// whole at each of the protocol's counts, and its error is split over them.
  int looks = 0;
  std::vector<SeedValue> seeds = {};  ///< those that are complete; judged unless another seed failed
  std::vector<PublishedJudgement> judgements = {};
  /// Anchor and key of all twins: protocol/row/column in the main group, protocol/group:row/column elsewhere.
  std::string id(const Protocol& protocol) const;
  std::vector<double> values(const std::string& rule) const;  ///< per seed; empty where the rule was not measured
  int seeds_with_missing_class() const;                       ///< seeds whose network never predicts some class
};

/// Which of "noise", "split", "init", "train" differ between the cell's seeds: what its ± tells.
std::vector<std::string> varied_draws(const Cell& cell);
/// Half a test image in percent (of a derived cell: over its settings): no spread is known better.
double resolution(const Cell& cell);

/// Mean delta over comparable cells, per seed, with a t interval over seeds: many small misses in one direction are a
/// finding.
struct Shift {
  int seeds = 0, cells = 0;
  double mean = 0, uncertainty = 0;
  bool flagged = false;  ///< the interval excludes 0
};

struct Table {
  const Protocol* protocol = nullptr;
  std::string shown_rule = {};                               ///< the rule asked for; "": each group's own
  std::vector<Cell> cells = {};                              ///< group by group, row by row, column by column
  std::map<std::array<std::string, 3>, size_t> places = {};  ///< group, row, column -> index into cells
  std::map<CellWord, int> word_counts = {};                  ///< over published values of measured and planned rows
  int published = 0, measured = 0;
  double median_consistent_uncertainty = 0;
  std::map<std::string, Shift> row_shifts = {};  ///< "group/row"
  Shift shift = {};
  std::set<std::string> trials = {};             ///< ids that its cells are made of
  std::vector<std::string> record_digests = {};  ///< used, sorted
  std::vector<std::string> faults = {};          ///< determinism faults among its trials, in words
  const Cell* find(const std::string& group, const std::string& row, const std::string& column) const;
};

/// `skipped`: trial id -> why its data is not there.
Table make_table(const Protocol& protocol, const Facts& facts, const RecordIndex& records,
                 const std::map<std::string, std::string>& skipped);

}  // namespace nlb
