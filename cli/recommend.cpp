// cli/recommend.cpp -- nlbench recommend: which method to take for noise of a kind and rate, from stored records.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <memory>
#include <set>

#include "cli/desk.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "core/text.h"
#include "reports/judging/advice.h"
#include "reports/judging/rules.h"
#include "reports/pages/report.h"
#include "reports/pages/row_facts.h"

namespace nlb {
namespace {

constexpr size_t kMostTables = 3;
/// Beyond, the nearest column says little of the rate that was asked for.
constexpr double kFar = 0.15;

struct RecommendFlags {
  ProtocolFlags protocols;
  std::vector<std::string> results;
  Wish wish;
  double seconds = 0;
  std::string format;
};

/// Kinds of all settings of `protocols`, as the flag takes them.
std::vector<std::string> known_kinds(const std::vector<Protocol>& protocols) {
  std::set<std::string> kinds;
  for (const auto& protocol : protocols) {
    for (const auto& group : protocol.groups) {
      for (const auto& setting : group.settings) {
        for (auto& kind : kinds_of(setting.noise)) kinds.insert(std::move(kind));
      }
    }
  }
  return {kinds.begin(), kinds.end()};
}

void check_kind(const std::string& kind, const std::vector<Protocol>& protocols) {
  const auto kinds = known_kinds(protocols);
  if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) return;
  const auto near = nearest(kind, kinds);
  throw InputError("--noise " + kind + ": no table has noise of that kind" +
                   (near ? "; nearest is \"" + *near + "\"" : "") + "; there are: " + join(kinds, ", "));
}

/// What trainings took, read once per group.
class TrainingTimes {
 public:
  double seconds(const Table& table, const Group& group, const Row& row) {
    auto found = groups_.find(&group);
    if (found == groups_.end()) found = groups_.emplace(&group, group_facts(table, group, facts())).first;
    const auto& cost = found->second.rows.at(&row).cost;
    return cost ? cost->seconds : 0;
  }

 private:
  std::map<const Group*, GroupFacts> groups_;
};

std::string accuracy_text(const Sample& sample) {
  return fixed(sample.mean, 2) + (sample.n > 1 ? " ± " + fixed(sample.deviation, 2) : "");
}

TextRow row_words(const AdvisedRow& row, const std::string& mark) {
  TextRow words = {mark, row.cell->row->title, accuracy_text(row.sample),
                   std::to_string(row.sample.n) + (row.sample.n == 1 ? " seed" : " seeds"),
                   row.seconds > 0 ? cost_text(row.seconds) : "not timed"};
  if (!row.unranked.empty() && row.sample.n > 1) words.push_back("not compared: " + row.unranked);
  return words;
}

/// What the marks rest on, and what they do not say.
std::string sureness(const Advice& advice) {
  if (!advice.tested()) return "One seed: the order is that of single runs, no test stands behind it.";
  const auto best =
      std::count_if(advice.rows.begin(), advice.rows.end(), [](const AdvisedRow& row) { return row.best; });
  const auto compared =
      std::count_if(advice.rows.begin(), advice.rows.end(), [](const AdvisedRow& row) { return row.unranked.empty(); });
  if (best == compared) {
    return "None of them is surely better than another (paired Student-t over seeds, Holm, level .05).";
  }
  return std::to_string(best) + " of " + std::to_string(compared) +
         " compared rows are the best or not surely behind it (paired Student-t over seeds, Holm, level .05).";
}

void print(const Advice& advice, const Wish& wish) {
  const auto& protocol = *advice.table->protocol;
  std::cout << protocol.title << " (" << protocol.id << "/" << advice.group->id << ", column " << advice.column->id
            << "): rate " << shortest(advice.rate) << ", " << advice.group->data.dataset << ", "
            << rule_words(advice.rule) << "\n";
  if (advice.group->setting(advice.column->settings.front()).trusted) std::cout << "  with trusted labels\n";
  if (std::abs(advice.rate - wish.rate) > kFar) std::cout << "  far from the rate that was asked for\n";
  std::vector<TextRow> rows;
  for (const auto& row : advice.rows)
    rows.push_back(row_words(row, !row.best ? "" : advice.tested() ? "  take" : "  first"));
  for (const auto& row : advice.too_costly) rows.push_back(row_words(row, "  too long"));
  std::cout << aligned(rows) << "  " << sureness(advice) << "\n";
}

Json row_json(const AdvisedRow& row) {
  Json entry = {{"row", row.cell->row->id},
                {"title", row.cell->row->title},
                {"mean", row.sample.mean},
                {"seeds", row.sample.n},
                {"best", row.best}};
  if (row.sample.n > 1) entry["deviation"] = row.sample.deviation;
  if (row.seconds > 0) entry["seconds"] = row.seconds;
  return entry;
}

Json advice_json(const Advice& advice) {
  Json rows = Json::array(), too_costly = Json::array();
  for (const auto& row : advice.rows) rows.push_back(row_json(row));
  for (const auto& row : advice.too_costly) too_costly.push_back(row_json(row));
  return {{"protocol", advice.table->protocol->id},
          {"group", advice.group->id},
          {"column", advice.column->id},
          {"rate", advice.rate},
          {"rule", advice.rule},
          {"tested", advice.tested()},
          {"rows", rows},
          {"too_costly", too_costly}};
}

void print_all(const std::vector<Advice>& found, const RecommendFlags& flags) {
  if (flags.format == "json") {
    Json list = Json::array();
    for (const auto& advice : found) list.push_back(advice_json(advice));
    std::cout << list.dump(2) << "\n";
    return;
  }
  for (const auto& advice : found) print(advice, flags.wish);
  std::cout << "Measured on other images than yours: nlbench new protocol measures on your own "
               "(docs/choose_a_method.md).\n";
}

ExitCode recommend(RecommendFlags flags) {
  if (flags.seconds > 0) flags.wish.seconds = flags.seconds;
  Desk desk(flags.protocols, everything(), flags.results);
  const auto& protocols = desk.names_protocols() ? desk.protocols() : desk.readable();
  check_kind(flags.wish.kind, protocols);
  const auto records = read_records(desk.results(), desk.stored_trials());
  for (const auto& line : records.problems.lines()) std::cerr << "left out: " << line << "\n";
  std::vector<Table> tables;
  for (const auto& protocol : protocols) tables.push_back(make_table(protocol, facts(), records, {}));
  std::vector<const Table*> places;
  for (const auto& table : tables) places.push_back(&table);
  TrainingTimes times;
  const auto found = advise(
      places, flags.wish, [&](const auto&... place) { return times.seconds(place...); }, kMostTables);
  if (found.empty()) {
    throw NothingSelected("no table with noise of kind " + flags.wish.kind + " has two measured rows" +
                          (flags.wish.seconds ? " within " + cost_text(*flags.wish.seconds) + " per trial" : "") +
                          " there; name other records with --results DIR, or measure with nlbench run");
  }
  print_all(found, flags);
  return ExitCode::done;
}

}  // namespace

Verb recommend_verb() {
  return {"recommend", "look", "which method to take for noise of a kind and rate, from stored records",
          "nlbench recommend --noise symmetric --rate 0.4 --results leaderboard/results", [](CLI::App& app) {
            const auto flags = std::make_shared<RecommendFlags>();
            app.add_option("--noise", flags->wish.kind,
                           "kind of noise: symmetric, asymmetric, pair, instance, open, human, ... (part of a "
                           "generator's name; nlbench list generators)")
                ->required()
                ->type_name("KIND");
            app.add_option("--rate", flags->wish.rate, "share of wrong labels")
                ->required()
                ->check(CLI::Range(0.0, 1.0))
                ->type_name("R");
            app.add_option("--seconds", flags->seconds, "longest training that counts, as measured")
                ->check(CLI::PositiveNumber)
                ->type_name("S");
            add_protocol_flags(app, flags->protocols, false);
            add_results_flags(app, flags->results);
            add_format_flag(app, flags->format, {"text", "json"});
            return [flags] { return recommend(*flags); };
          }};
}

}  // namespace nlb
