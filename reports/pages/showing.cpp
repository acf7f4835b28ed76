#include "reports/pages/showing.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "reports/judging/rules.h"
#include "reports/judging/statistics.h"
#include "reports/pages/wording.h"

namespace nlb {
namespace {

constexpr int kDecimals = 2;
constexpr int kDetectionDecimals = 3;

Shown published_shown(const Cell& cell, const std::string& rule) {
  std::vector<std::string> parts;
  for (const auto& judgement : cell.judgements) {
    const auto& published = *judgement.published;
    parts.push_back(published_text(published) +
                    (published.rule == rule ? std::string() : " (" + rule_label(published.rule) + ")"));
  }
  if (parts.empty()) return {};
  return {join(parts, "; "), cell.judgements.front().published->value};
}

Shown delta_shown(const Cell& cell) {
  std::vector<std::string> parts;
  std::optional<double> number;
  for (const auto& judgement : cell.judgements) {
    auto text = delta_text(judgement);
    if (text.starts_with("Δ ")) text = text.substr(std::string("Δ ").size());
    parts.push_back(text.empty() ? marked_word(judgement.word) : text + " " + marked_word(judgement.word));
    if (!number && !judgement.by_rule.empty()) number = judgement.by_rule.begin()->second.delta;
  }
  return {join(parts, "; "), number};
}

Shown measured_shown(const Cell& cell, const std::string& rule) {
  const auto values = cell.values(rule);
  if (values.empty()) return {};
  return {measured_text(cell, rule), summarise(values).mean};
}

Shown detection_shown(const DetectionSummary* detection) {
  if (detection == nullptr) return {};
  std::string text = fixed(detection->auroc, kDetectionDecimals);
  if (detection->n > 1) text += " ± " + fixed(detection->auroc_deviation, kDetectionDecimals);
  text += " (" + std::to_string(detection->n) + ")";
  if (detection->score == "loss") text += " by loss";
  return {text, detection->auroc};
}

Shown difference_shown(const std::optional<PairedTest>& test) {
  if (!test) return {};
  return {difference_text(*test), test->difference};
}

Shown balanced_shown(const ClassAccuracy* accuracy) {
  if (accuracy == nullptr) return {};
  const auto& balanced = accuracy->balanced;
  std::string text = fixed(balanced.mean, kDecimals);
  if (balanced.n > 1) text += " ± " + fixed(balanced.deviation, kDecimals);
  return {text + " (" + std::to_string(balanced.n) + ")", balanced.mean};
}

template <typename Values>
const typename Values::mapped_type* found_in(const Values* values, const Cell& cell) {
  if (values == nullptr) return nullptr;
  const auto found = values->find(&cell);
  return found == values->end() ? nullptr : &found->second;
}

/// "; last 53.20 (1)": the first rule that the cell does have.
std::string instead(const Cell& cell) {
  for (const auto& rule : selection_rules()) {
    if (const auto text = measured_text(cell, rule); !text.empty()) return "; " + rule_label(rule) + " " + text;
  }
  return {};
}

bool is_plain_cross_entropy(const Row& row) {
  return row.method == "ce" && row.status != Row::Status::published_only && row.options.empty();
}

bool is_measured(const Table& table, const Group& group, const std::string& rule) {
  return std::any_of(table.cells.begin(), table.cells.end(),
                     [&](const Cell& cell) { return cell.group == &group && !cell.values(rule).empty(); });
}

}  // namespace

std::string difference_text(const PairedTest& test) {
  std::string text = signed_text(test.difference, kDecimals) + " ± " + fixed(test.uncertainty, kDecimals) + " (" +
                     std::to_string(test.n) + ")";
  if (test.differs()) text += test.difference > 0 ? " ▲" : " ▼";
  return text;
}

const std::vector<TableView>& views() {
  static const std::vector<TableView> list = {
      {"measured", "Measured", true},     {"balanced", "Balanced accuracy", false}, {"published", "Published", false},
      {"delta", "Δ to published", false}, {"ce", "Δ to cross-entropy", true},       {"detection", "Detection", false}};
  return list;
}

GroupShowing::GroupShowing(const Table& table, const Group& group, const BesideTable& beside)
    : table_(&table),
      group_(&group),
      beside_(beside),
      rule_(table.shown_rule.empty() ? default_rule(group) : table.shown_rule) {
  for (const auto& rule : selection_rules()) {
    if (is_measured(table, group, rule)) rules_.push_back(rule);
  }
  if (std::find(rules_.begin(), rules_.end(), rule_) == rules_.end()) rules_.insert(rules_.begin(), rule_);
  for (const auto& row : group.rows) {
    if (reference_ == nullptr && is_plain_cross_entropy(row)) reference_ = &row;
  }
  for (const auto& rule : rules_) {
    for (const auto& column : group.columns) rankings_[{rule, column.id}] = rank_column(table, group, column, rule);
  }
}

const Cell& GroupShowing::cell(const Row& row, const Column& column) const {
  return *table_->find(group_->id, row.id, column.id);
}

const ColumnRanking& GroupShowing::ranking(const Column& column, const std::string& rule) const {
  return rankings_.at({rule, column.id});
}

const Rank* GroupShowing::rank(const Cell& cell, const std::string& rule) const {
  return ranking(*cell.column, rule).find(*cell.row);
}

std::vector<ColumnRanking> GroupShowing::rankings(const std::string& rule) const {
  std::vector<ColumnRanking> list;
  for (const auto& column : group_->columns) list.push_back(ranking(column, rule));
  return list;
}

const DetectionSummary* GroupShowing::detection(const Cell& cell) const { return found_in(beside_.detection, cell); }

const ClassAccuracy* GroupShowing::class_accuracy(const Cell& cell) const { return found_in(beside_.classes, cell); }

bool GroupShowing::shows_classes() const {
  return std::any_of(table_->cells.begin(), table_->cells.end(),
                     [&](const Cell& cell) { return cell.group == group_ && class_accuracy(cell) != nullptr; });
}

std::string GroupShowing::aside(const Cell& cell, const std::string& rule) const {
  if (cell.seeds.empty()) return {};
  if (cell.values(rule).empty()) return rule_label(rule) + " was not measured" + instead(cell);
  const auto reason = ranking(*cell.column, rule).unranked_reason(*cell.row);
  return reason.empty() || cell.state != CellState::measured ? std::string() : "not ranked: " + reason;
}

std::vector<std::string> GroupShowing::class_notes(const Cell& cell) const {
  std::vector<std::string> notes;
  const auto* accuracy = class_accuracy(cell);
  if (auto missing = missing_class_text(cell, accuracy); !missing.empty()) notes.push_back(std::move(missing));
  if (accuracy != nullptr) notes.push_back(balanced_text(*accuracy));
  return notes;
}

std::optional<PairedTest> GroupShowing::difference_to_reference(const Cell& cell, const std::string& rule) const {
  if (reference_ == nullptr || cell.row == reference_) return std::nullopt;
  auto test = paired_test(cell, this->cell(*reference_, *cell.column), rule, table_->protocol->lower_is_better);
  const auto* pair = test ? ranking(*cell.column, rule).find(*cell.row, *reference_) : nullptr;
  if (pair != nullptr) test->adjusted_p = pair->test.adjusted_p;
  return test;
}

Shown GroupShowing::shown(const Cell& cell, const std::string& view, const std::string& rule) const {
  if (view == "measured") return measured_shown(cell, rule);
  if (view == "balanced") return balanced_shown(class_accuracy(cell));
  if (view == "published") return published_shown(cell, rule);
  if (view == "delta") return delta_shown(cell);
  if (view == "ce") {
    if (cell.row == reference_ && !cell.values(rule).empty()) return {"reference", 0.0};
    return difference_shown(difference_to_reference(cell, rule));
  }
  if (view == "detection") return detection_shown(detection(cell));
  throw InternalError("no view " + view);
}

}  // namespace nlb
