// reports/pages/csv.cpp -- the CSV twin: RFC 4180, keyed by cell id.
#include "formats/csv.h"

#include "core/text.h"
#include "reports/judging/statistics.h"
#include "reports/pages/report.h"
#include "reports/pages/showing.h"
#include "reports/pages/wording.h"

namespace nlb {
namespace {

constexpr const char* kHead =
    "cell,group,row,column,state,rule,mean,deviation,seeds,rank_low,rank_high,ties_best,published,published_deviation,"
    "published_rule,delta,uncertainty,verdict,aside,balanced,balanced_deviation,never_predicted,origin\r\n";

std::string line(const std::vector<std::string>& fields) {
  std::vector<std::string> list;
  for (const auto& field : fields) list.push_back(csv_field(field));
  return join(list, ",") + "\r\n";
}

/// rule, mean, deviation, seeds, rank_low, rank_high, ties_best.
std::vector<std::string> measured_fields(const GroupShowing& showing, const Cell& cell, const std::string& rule) {
  const auto values = cell.values(rule);
  if (values.empty()) return {rule, "", "", "", "", "", ""};
  const auto sample = summarise(values);
  std::vector<std::string> fields = {rule, shortest(sample.mean), sample.n > 1 ? shortest(sample.deviation) : "",
                                     std::to_string(sample.n)};
  const auto* rank = showing.rank(cell, rule);
  if (rank == nullptr) {
    fields.insert(fields.end(), 3, "");
  } else {
    fields.insert(fields.end(), {std::to_string(rank->low), std::to_string(rank->high), rank->ties_best ? "1" : "0"});
  }
  return fields;
}

/// published, published_deviation, published_rule, delta, uncertainty, verdict.
std::vector<std::string> published_fields(const PublishedJudgement& judgement, const std::string& rule) {
  const auto& published = *judgement.published;
  std::vector<std::string> fields = {fixed(published.value, published.decimals),
                                     published.deviation ? shortest(*published.deviation) : "", published.rule};
  const auto judged = judgement.by_rule.find(rule);
  if (judged == judgement.by_rule.end()) {
    fields.insert(fields.end(), 2, "");
  } else {
    fields.insert(fields.end(), {shortest(judged->second.delta), shortest(judged->second.uncertainty)});
  }
  fields.push_back(word_of(judgement.word));
  return fields;
}

/// aside, balanced, balanced_deviation, never_predicted, origin: what keeps a number from being misread.
std::vector<std::string> beside_fields(const GroupShowing& showing, const Cell& cell, const std::string& rule) {
  std::vector<std::string> fields = {rule.empty() ? std::string() : showing.aside(cell, rule), "", ""};
  const auto* accuracy = showing.class_accuracy(cell);
  if (accuracy != nullptr && rule == "last") {
    fields[1] = shortest(accuracy->balanced.mean);
    fields[2] = accuracy->balanced.n > 1 ? shortest(accuracy->balanced.deviation) : "";
  }
  fields.push_back(missing_class_text(cell, accuracy));
  fields.push_back(origin_words(*cell.row));
  return fields;
}

std::string cell_lines(const GroupShowing& showing, const Cell& cell) {
  const std::vector<std::string> head = {cell.id(*showing.table().protocol), cell.group->id, cell.row->id,
                                         cell.column->id, word_of(cell_word(cell.state))};
  std::string text;
  const auto add = [&](const std::string& rule, const PublishedJudgement* judgement) {
    auto fields = head;
    const auto measured = measured_fields(showing, cell, rule);
    const auto published = judgement == nullptr ? std::vector<std::string>(6) : published_fields(*judgement, rule);
    fields.insert(fields.end(), measured.begin(), measured.end());
    const auto beside = beside_fields(showing, cell, rule);
    fields.insert(fields.end(), published.begin(), published.end());
    fields.insert(fields.end(), beside.begin(), beside.end());
    text += line(fields);
  };
  for (const auto& rule : showing.rules()) {
    if (cell.values(rule).empty()) continue;
    bool judged = false;
    for (const auto& judgement : cell.judgements) {
      if (!judgement.by_rule.contains(rule)) continue;
      add(rule, &judgement);
      judged = true;
    }
    if (!judged) add(rule, nullptr);
  }
  for (const auto& judgement : cell.judgements) {
    if (judgement.by_rule.empty()) add("", &judgement);
  }
  if (text.empty()) add("", nullptr);
  return text;
}

}  // namespace

ReportFiles render_csv(const std::vector<ReportInput>& inputs) {
  ReportFiles files;
  for (const auto& input : inputs) {
    const auto table = table_of(input);
    const auto classes = class_accuracies(table);
    std::string text = kHead;
    for (const auto& group : input.protocol->groups) {
      const GroupShowing showing(table, group, {.classes = &classes});
      for (const auto& row : group.rows) {
        for (const auto& column : group.columns) text += cell_lines(showing, showing.cell(row, column));
      }
    }
    files[input.protocol->id + ".csv"] = text;
  }
  return files;
}

}  // namespace nlb
