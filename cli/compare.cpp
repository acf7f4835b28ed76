// cli/compare.cpp -- nlbench compare: two results folders, cell by cell, paired by seed entry.
#include <algorithm>
#include <iostream>
#include <memory>
#include <set>

#include "cli/desk.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "core/text.h"
#include "reports/judging/moves.h"
#include "reports/pages/wording.h"
#include "supervise/standing.h"

namespace nlb {
namespace {

struct CompareFlags {
  ProtocolFlags protocols;
  std::string first, second, rule, format;
  double alpha = kTieLevel;
};

/// One side: its records and the tables made of them.
struct Side {
  RecordIndex records;
  std::vector<Table> tables;
};

std::filesystem::path existing_folder(const std::string& folder) {
  if (!is_results_place(folder)) throw InputError(folder + ": there is no results folder or pack of that name");
  return folder;
}

/// The protocols for which records of the first folder were run, unless they are named.
ProtocolFlags protocols_of(const CompareFlags& flags) {
  auto wanted = flags.protocols;
  if (!wanted.ids().empty()) return wanted;
  const auto folder = existing_folder(flags.first);
  std::set<std::string> used;
  const auto records = read_records({folder}, stored_trials({folder}));
  records.problems.throw_if_any();
  for (const auto& [trial, list] : records.by_trial) used.insert(list.front().use.protocol);
  if (used.empty()) throw NothingSelected(flags.first + ": no record");
  wanted.named.assign(used.begin(), used.end());
  return wanted;
}

Side side_of(const std::string& folder, Desk& desk) {
  Side side{.records = desk.table_records({existing_folder(folder)}), .tables = {}};
  side.records.problems.throw_if_any();
  for (const auto& protocol : desk.protocols()) side.tables.push_back(make_table(protocol, facts(), side.records, {}));
  return side;
}

std::string p_text(double p) { return p < 0.0001 ? "<.0001" : fixed(p, 4); }

TextRow row_of(const CellMove& move) {
  const auto before = measured_text(*move.before, move.rule);
  const auto after = measured_text(*move.after, move.rule);
  TextRow row = {move.id, before.empty() ? "–" : before, after.empty() ? "–" : after};
  if (!move.test) {
    row.insert(row.end(), {"", "", "", move.reason});
    return row;
  }
  const auto& test = *move.test;
  row.push_back(signed_text(test.difference, 2) + " ± " + fixed(test.uncertainty, 2));
  row.push_back(std::to_string(test.n));
  row.push_back(p_text(test.adjusted_p));
  return row;
}

void print_text(const std::vector<CellMove>& moves, const CompareFlags& flags, int compared, int differing) {
  std::vector<TextRow> rows = {{"cell", "first", "second", "move", "seeds", "p", ""}};
  for (const auto& move : moves) {
    rows.push_back(row_of(move));
    if (move.test && move.test->differs(flags.alpha)) rows.back().push_back("DIFFERS");
  }
  std::cout << aligned(rows) << compared << (compared == 1 ? " cell compared, " : " cells compared, ") << differing
            << (differing == 1 ? " differs" : " differ") << " at Holm-adjusted p < " << shortest(flags.alpha) << "; "
            << moves.size() - static_cast<size_t>(compared) << " without two shared seeds\n";
}

void print_json(const std::vector<CellMove>& moves, const CompareFlags& flags) {
  Json list = Json::array();
  for (const auto& move : moves) {
    Json entry = {{"cell", move.id},
                  {"rule", move.rule},
                  {"first", move.before->values(move.rule)},
                  {"second", move.after->values(move.rule)}};
    if (move.test) {
      entry["move"] = move.test->difference;
      entry["uncertainty"] = move.test->uncertainty;
      entry["seeds"] = move.test->n;
      entry["p"] = move.test->p;
      entry["adjusted_p"] = move.test->adjusted_p;
      entry["differs"] = move.test->differs(flags.alpha);
    } else {
      entry["reason"] = move.reason;
    }
    list.push_back(std::move(entry));
  }
  std::cout << Json{{"alpha", flags.alpha}, {"cells", std::move(list)}}.dump(2) << "\n";
}

ExitCode compare(const CompareFlags& flags) {
  Desk desk(protocols_of(flags));
  desk.protocols();  // what is wrong with them comes before what is wrong with a folder
  const auto first = side_of(flags.first, desk);
  const auto second = side_of(flags.second, desk);
  const auto moves = cell_moves(first.tables, second.tables, flags.rule);
  const auto compared =
      std::count_if(moves.begin(), moves.end(), [](const CellMove& move) { return move.test.has_value(); });
  const auto differing = std::count_if(
      moves.begin(), moves.end(), [&](const CellMove& move) { return move.test && move.test->differs(flags.alpha); });
  flags.format == "json" ? print_json(moves, flags)
                         : print_text(moves, flags, static_cast<int>(compared), static_cast<int>(differing));
  if (compared == 0) {
    std::cerr << "nothing could be compared: no cell has two seed entries in both folders\n";
    return ExitCode::nothing;
  }
  return differing > 0 ? ExitCode::differs : ExitCode::done;
}

}  // namespace

Verb compare_verb() {
  return {"compare", "look", "two results folders, cell by cell, paired by seed, with p-values",
          "nlbench compare results-before results-after --protocol quickstart", [](CLI::App& app) {
            const auto flags = std::make_shared<CompareFlags>();
            app.add_option("first", flags->first, "results folder or pack")->required()->type_name("DIR1");
            app.add_option("second", flags->second, "results folder or pack")->required()->type_name("DIR2");
            add_protocol_flags(app, flags->protocols, false);
            app.add_option("--rule", flags->rule, "selection rule; default: that of most published values of a group")
                ->check(known_word(all_rules()));
            app.add_option("--alpha", flags->alpha, "a cell differs where its Holm-adjusted p is below")
                ->check(CLI::Range(0.0, 1.0))
                ->capture_default_str();
            add_format_flag(app, flags->format, {"text", "json"});
            return [flags] { return compare(*flags); };
          }};
}

}  // namespace nlb
