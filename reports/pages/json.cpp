// reports/pages/json.cpp -- the JSON twin: everything that a table shows, in numbers, keyed by cell id.
#include <cmath>

#include "reports/judging/claims.h"
#include "reports/judging/one_class.h"
#include "reports/judging/statistics.h"
#include "reports/pages/report.h"
#include "reports/pages/row_facts.h"
#include "reports/pages/sections.h"
#include "reports/pages/showing.h"
#include "reports/pages/wording.h"

namespace nlb {
namespace {

constexpr int kReportSchema = 1;

Json shift_json(const Shift& shift) {
  return {{"cells", shift.cells},
          {"seeds", shift.seeds},
          {"mean", shift.mean},
          {"uncertainty", shift.uncertainty},
          {"excludes_zero", shift.flagged}};
}

Json judgement_json(const PublishedJudgement& judgement) {
  const auto& published = *judgement.published;
  Json printed = Json::array(), by_rule = Json::object();
  for (const auto& copy : published.printed_by)
    printed.push_back({{"digits", copy.printed}, {"source", copy.source}, {"kind", copy.kind}});
  for (const auto& [rule, judged] : judgement.by_rule) {
    by_rule[rule] = {
        {"verdict", word_of(cell_word(judged.verdict))}, {"delta", judged.delta}, {"uncertainty", judged.uncertainty}};
    if (judged.further_seeds) by_rule[rule]["further_seeds"] = *judged.further_seeds;
  }
  Json entry = {{"value", published.value}, {"decimals", published.decimals}, {"rule", published.rule},
                {"kind", published.kind},   {"printed_by", printed},          {"verdict", word_of(judgement.word)},
                {"by_rule", by_rule}};
  if (published.high) entry["high"] = *published.high;
  if (published.deviation) entry["deviation"] = *published.deviation;
  if (published.runs) entry["runs"] = *published.runs;
  if (!judgement.reason.empty()) entry["reason"] = judgement.reason;
  return entry;
}

Json sample_json(const Sample& sample) {
  Json entry = {{"mean", sample.mean}, {"seeds", sample.n}};
  if (sample.n > 1) entry["deviation"] = sample.deviation;
  return entry;
}

Json rule_json(const GroupShowing& showing, const Cell& cell, const std::string& rule) {
  auto entry = sample_json(summarise(cell.values(rule)));
  if (const auto* rank = showing.rank(cell, rule)) {
    entry["rank"] = {rank->low, rank->high};
    entry["ties_best"] = rank->ties_best;
  } else if (const auto reason = showing.ranking(*cell.column, rule).unranked_reason(*cell.row); !reason.empty()) {
    entry["not_ranked"] = reason;
  }
  if (const auto difference = showing.difference_to_reference(cell, rule)) {
    entry["to_cross_entropy"] = {{"mean", difference->difference},
                                 {"uncertainty", difference->uncertainty},
                                 {"seeds", difference->n},
                                 {"p", difference->p},
                                 {"adjusted_p", difference->adjusted_p}};
  }
  return entry;
}

Json seed_json(const SeedValue& seed) {
  Json records = Json::array();
  for (const auto* record : seed.records) records.push_back(record->digest);
  return {{"seed", seed.seed}, {"percent", seed.percent}, {"records", records}};
}

Json classes_json(const ClassAccuracy& accuracy) {
  Json list = Json::array();
  for (const auto& one : accuracy.classes) {
    auto entry = sample_json(one.recall);
    entry["name"] = one.name;
    entry["test_images"] = one.images;
    entry["seeds_that_never_predict_it"] = one.never_predicted;
    list.push_back(entry);
  }
  return {{"rule", "last"}, {"balanced", sample_json(accuracy.balanced)}, {"by_class", list}};
}

Json cell_json(const GroupShowing& showing, const Cell& cell) {
  Json seeds = Json::array(), rules = Json::object(), published = Json::array();
  for (const auto& seed : cell.seeds) seeds.push_back(seed_json(seed));
  for (const auto& rule : showing.rules()) {
    if (!cell.values(rule).empty()) rules[rule] = rule_json(showing, cell, rule);
  }
  for (const auto& judgement : cell.judgements) published.push_back(judgement_json(judgement));
  Json entry = {{"id", cell.id(*showing.table().protocol)},
                {"column", cell.column->id},
                {"state", word_of(cell_word(cell.state))},
                {"wanted_seeds", cell.wanted_seeds},
                {"seeds", seeds},
                {"rules", rules},
                {"published", published}};
  if (!cell.reason.empty()) entry["reason"] = cell.reason;
  if (const int missing = cell.seeds_with_missing_class(); missing > 0) entry["seeds_with_missing_class"] = missing;
  if (const auto* accuracy = showing.class_accuracy(cell)) entry["classes"] = classes_json(*accuracy);
  if (const auto* detection = showing.detection(cell)) {
    entry["detection"] = {{"score", detection->score}, {"seeds", detection->n}, {"auroc", detection->auroc}};
    if (std::isfinite(detection->average_precision))
      entry["detection"]["average_precision"] = detection->average_precision;
    if (std::isfinite(detection->recall_at_wrong)) entry["detection"]["recall_at_wrong"] = detection->recall_at_wrong;
  }
  return entry;
}

Json row_json(const GroupShowing& showing, const Row& row, const RowFacts& facts) {
  Json cells = Json::array();
  for (const auto& column : showing.group().columns) cells.push_back(cell_json(showing, showing.cell(row, column)));
  Json entry = {{"id", row.id},
                {"title", row.title},
                {"method", row.method},
                {"ran_by", row.ran_by},
                {"clean_labels", {{"training", row.clean_labels_trained}, {"selection", row.clean_labels_selected}}},
                {"cells", cells}};
  if (!origin_words(row).empty()) entry["origin"] = row_note(row);
  if (facts.method != nullptr) entry["networks"] = facts.method->networks;
  if (facts.cost) {
    entry["seconds_per_trial"] = facts.cost->seconds;
    entry["peak_memory_bytes"] = facts.cost->peak_memory;
  }
  const auto shift = showing.table().row_shifts.find(showing.group().id + "/" + row.id);
  if (shift != showing.table().row_shifts.end()) entry["shift"] = shift_json(shift->second);
  return entry;
}

Json group_json(const Table& table, const Group& group, const Facts& facts, const BesideTable& read) {
  const GroupShowing showing(table, group, read);
  const auto beside = group_facts(table, group, facts);
  Json columns = Json::array(), rows = Json::array();
  for (const auto& column : group.columns)
    columns.push_back({{"id", column.id}, {"title", column.title}, {"settings", column.settings}});
  for (const auto& row : group.rows) rows.push_back(row_json(showing, row, beside.rows.at(&row)));
  Json entry = {{"id", group.id},         {"title", group.title}, {"conditions", group.conditions},
                {"rule", showing.rule()}, {"columns", columns},   {"rows", rows}};
  if (auto agreements = rank_agreement_json(showing); !agreements.empty())
    entry["rank_agreement"] = std::move(agreements);
  if (auto gaps = correction_gap_json(showing); !gaps.empty()) entry["corrections"] = std::move(gaps);
  return entry;
}

Json claims_json(const Table& table) {
  Json list = Json::array();
  for (const auto& judged : judge_claims(table))
    list.push_back({{"text", judged.claim->text},
                    {"source", judged.claim->source},
                    {"verdict", claim_word(judged.verdict)},
                    {"adjusted_p", judged.adjusted_p},
                    {"reason", judged.reason}});
  return list;
}

Json table_json(const ReportInput& input) {
  const auto table = table_of(input);
  const auto detection = detection_values(table, read_table_curves(table));
  const auto classes = class_accuracies(table);
  Json groups = Json::array();
  for (const auto& group : input.protocol->groups)
    groups.push_back(group_json(table, group, *input.facts, {&detection, &classes}));
  Json verdicts = Json::object();
  for (const auto& [word, count] : table.word_counts) verdicts[word_of(word)] = count;
  auto builds = build_lines(table);
  for (auto& line : class_remarks(*input.records, table)) builds.push_back(std::move(line));
  return {{"schema", kReportSchema},
          {"protocol", input.protocol->id},
          {"protocol_digest", input.protocol->content_digest},
          {"title", input.protocol->title},
          {"sentence", first_sentence(table)},
          {"published", table.published},
          {"measured", table.measured},
          {"verdicts", verdicts},
          {"shift", shift_json(table.shift)},
          {"tolerance", input.protocol->tolerance.points},
          {"lower_is_better", input.protocol->lower_is_better},
          {"builds", builds},
          {"records", table.record_digests},
          {"claims", claims_json(table)},
          {"groups", groups}};
}

}  // namespace

ReportFiles render_json(const std::vector<ReportInput>& inputs) {
  ReportFiles files;
  for (const auto& input : inputs)
    files[input.protocol->id + ".json"] = table_json(input).dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  return files;
}

}  // namespace nlb
