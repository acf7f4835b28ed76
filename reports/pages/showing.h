// reports/pages/showing.h -- what tables show of a group beside its cells: which rules and views there are, ranks, the
// reference rows, and each cell's text in each view. The page, its state for the script and the twins read it here, so
// that they cannot disagree.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/judging/class_accuracy.h"
#include "reports/judging/comparisons.h"
#include "reports/judging/detection.h"

namespace nlb {

/// What one view says of a cell, and the number behind it, by which columns are sorted. "" where it says nothing.
struct Shown {
  std::string text = {};
  std::optional<double> number = {};
};

/// "+0.12 ± 0.30 (5)", with ▲ or ▼ where it differs.
std::string difference_text(const PairedTest& test);

struct TableView {
  std::string id;     ///< measured, balanced, published, delta, ce, detection
  std::string title;  ///< on the switch
  bool by_rule;       ///< its text depends on the selection rule
};
const std::vector<TableView>& views();

/// What is read of the curves beside a table; either may be null: then its view says nothing. Must outlive the showing.
struct BesideTable {
  const DetectionValues* detection = nullptr;
  const ClassAccuracies* classes = nullptr;
};

class GroupShowing {
 public:
  /// Shows the table's rule first, else the group's default.
  GroupShowing(const Table& table, const Group& group, const BesideTable& beside = {});

  const Table& table() const { return *table_; }
  const Group& group() const { return *group_; }
  const std::string& rule() const { return rule_; }                 ///< the one shown first
  const std::vector<std::string>& rules() const { return rules_; }  ///< those that are measured here, at least one
  bool is_reference(const Row& row) const { return &row == reference_; }
  const Cell& cell(const Row& row, const Column& column) const;
  const Rank* rank(const Cell& cell, const std::string& rule) const;  ///< null where the cell is not ranked
  const ColumnRanking& ranking(const Column& column, const std::string& rule) const;
  std::vector<ColumnRanking> rankings(const std::string& rule) const;  ///< of all columns
  Shown shown(const Cell& cell, const std::string& view, const std::string& rule) const;
  const DetectionSummary* detection(const Cell& cell) const;    ///< null where nothing is known
  const ClassAccuracy* class_accuracy(const Cell& cell) const;  ///< null where it is not shown: class_accuracies()
  bool shows_classes() const;                                   ///< of any cell
  /// Why the cell has no rank, or no value under this rule and what it has instead: "not ranked: one seed", "best on
  /// test was not measured; last 53.20 (1)". "" for a ranked cell and where its state says it.
  std::string aside(const Cell& cell, const std::string& rule) const;
  /// What stands below the number whatever the rule: classes that are never predicted, balanced accuracy.
  std::vector<std::string> class_notes(const Cell& cell) const;
  /// The row of plain cross-entropy that others are compared with; null without one.
  const Row* reference() const { return reference_; }
  /// Against that row on the same seeds, Holm over the pairs of the column; absent for the row itself and without two
  /// shared seeds.
  std::optional<PairedTest> difference_to_reference(const Cell& cell, const std::string& rule) const;

 private:
  const Table* table_;
  const Group* group_;
  BesideTable beside_;
  std::string rule_;
  std::vector<std::string> rules_;
  const Row* reference_ = nullptr;
  std::map<std::pair<std::string, std::string>, ColumnRanking> rankings_;  // rule, column
};

}  // namespace nlb
