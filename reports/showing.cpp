#include "reports/showing.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "reports/statistics.h"
#include "reports/wording.h"

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

Shown detection_shown(const Detection* detection) {
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

const std::vector<View>& views() {
  static const std::vector<View> list = {{"measured", "Measured", true},
                                         {"published", "Published", false},
                                         {"delta", "Δ to published", false},
                                         {"ce", "Δ to cross-entropy", true},
                                         {"detection", "Detection", false}};
  return list;
}

GroupShowing::GroupShowing(const Table& table, const Group& group, const DetectionValues* detection)
    : table_(&table), group_(&group), detection_(detection), rule_(default_rule(group)) {
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

const Detection* GroupShowing::detection(const Cell& cell) const {
  if (detection_ == nullptr) return nullptr;
  const auto found = detection_->find(&cell);
  return found == detection_->end() ? nullptr : &found->second;
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
