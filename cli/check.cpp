// cli/check.cpp -- nlbench check: the CI gate. Holds the asking build's records against a baseline, or accepts them.
#include <iostream>
#include <memory>

#include "cli/desk.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "core/durable.h"
#include "core/text.h"
#include "reports/pages/regression_text.h"
#include "supervise/machine.h"
#include "supervise/standing.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

struct CheckFlags {
  ProtocolFlags protocols;
  std::vector<std::string> results, groups;
  std::string baseline, junit, markdown, reason;
  double max_move = kMaxMove;
  bool update = false, any_build = false;
};

std::string build_text(const Build& build) {
  return build.version + " at " + build.commit.substr(0, 12) + (build.dirty ? " with changes" : "");
}

bool same_build(const Build& a, const Build& b) {
  return a.version == b.version && a.commit == b.commit && a.dirty == b.dirty;
}

/// Drops records of other builds; for trials that then have none, `left_out` says whose there were.
void keep_own_build(RecordIndex& records, std::map<std::string, std::string>& left_out) {
  const auto mine = this_build();
  for (auto place = records.by_trial.begin(); place != records.by_trial.end();) {
    auto& list = place->second;
    const auto other = build_text(list.front().build);
    std::erase_if(list, [&](const Record& record) { return !same_build(record.build, mine); });
    if (!list.empty()) {
      ++place;
      continue;
    }
    left_out[place->first] = "only records of another build (" + other + "); --any-build takes them";
    place = records.by_trial.erase(place);
  }
}

/// Protocols of the baseline, or of the flags where a new one is written.
ProtocolFlags protocols_of(const CheckFlags& flags, const Baseline& baseline) {
  auto wanted = flags.protocols;
  if (wanted.ids().empty()) wanted.named = baseline.protocols;
  return wanted;
}

/// Dry and final checks of what --update would write.
void refuse_update(const CheckFlags& flags, const Snapshot& now, const RecordIndex& records) {
  if (flags.reason.empty()) throw InputError("--update needs --reason TEXT: it is kept in the baseline");
  if (this_build().dirty)
    throw InputError("--update: this program was built from uncommitted changes; commit them and build again");
  for (const auto& [trial, list] : records.by_trial) {
    if (list.front().build.dirty)
      throw InputError("--update: trial " + trial.substr(0, 12) + " was measured by a build from uncommitted changes");
  }
  if (now.cells.empty()) throw NothingSelected("--update: the protocols have no measured row in these groups");
  const auto missing = missing_of(now);
  if (missing.empty()) return;
  constexpr size_t kShown = 20;
  std::vector<std::string> shown(missing.begin(),
                                 missing.begin() + static_cast<long>(std::min(kShown, missing.size())));
  if (missing.size() > kShown) shown.push_back("and " + std::to_string(missing.size() - kShown) + " more");
  throw NothingSelected("--update refuses unmeasured cells; run them first:\n" + join(shown, "\n"));
}

ExitCode update(const CheckFlags& flags, Baseline before, const std::vector<Protocol>& protocols, const Snapshot& now,
                const RecordIndex& records) {
  refuse_update(flags, now, records);
  if (!flags.protocols.ids().empty()) {
    before.protocols.clear();
    for (const auto& protocol : protocols) before.protocols.push_back(protocol.id);
  }
  if (!flags.groups.empty()) before.groups = flags.groups;
  const auto build = this_build();
  const auto after = updated(before, now, {.reason = flags.reason, .version = build.version, .commit = build.commit});
  write_file_durably(flags.baseline, baseline_text(after));
  std::cout << flags.baseline << ": " << now.cells.size() << " cells of " << join(after.protocols, ", ")
            << ", chains of " << after.snapshot.classes.size()
            << (after.snapshot.classes.size() == 1 ? " class\n" : " classes\n");
  return ExitCode::done;
}

ExitCode hold(const CheckFlags& flags, const Baseline& baseline, const Snapshot& now) {
  const auto result = check_against(baseline, now, flags.max_move);
  std::vector<TextRow> rows = {check_headings()};
  for (const auto& cell : result.cells) rows.push_back(check_row(cell));
  std::cout << aligned(rows) << check_sentence(result) << "\n";
  if (!flags.junit.empty()) write_file_durably(flags.junit, check_junit(result, flags.baseline));
  if (!flags.markdown.empty()) write_file_durably(flags.markdown, check_markdown(result, baseline, flags.baseline));
  auto code = ExitCode::done;
  if (result.has_gap()) code = worse(code, ExitCode::nothing);
  if (result.has_fault()) code = worse(code, ExitCode::differs);
  return code;
}

ExitCode check(const CheckFlags& flags) {
  const bool is_new = flags.update && !fs::exists(flags.baseline);
  if (is_new && flags.protocols.ids().empty())
    throw InputError(flags.baseline + ": a new baseline needs --protocol ID to say what it guards");
  const auto baseline = is_new ? Baseline{} : read_baseline(flags.baseline);
  Desk desk(protocols_of(flags, baseline), everything(), flags.results);
  const auto& protocols = desk.protocols();
  auto records = desk.table_records();
  records.problems.throw_if_any();
  std::map<std::string, std::string> left_out;
  if (!flags.any_build) keep_own_build(records, left_out);
  const auto now =
      snapshot_of(protocols, flags.groups.empty() ? baseline.groups : flags.groups, desk.known(),
                  {.records = records, .left_out = left_out, .known_classes = class_digests(baseline.snapshot)});
  return flags.update ? update(flags, baseline, protocols, now, records) : hold(flags, baseline, now);
}

}  // namespace

Verb check_verb() {
  return {"check", "guard", "hold records against a baseline: the CI gate",
          "nlbench check --baseline ci/baselines/mini_gate.json --junit check.xml\n"
          "nlbench check --baseline ci/baselines/new.json --protocol mini_gate --update --reason \"first baseline\"",
          [](CLI::App& app) {
            const auto flags = std::make_shared<CheckFlags>();
            app.add_option("--baseline", flags->baseline, "file to hold the records against, or to write")
                ->required()
                ->type_name("FILE");
            app.add_option("--junit", flags->junit, "write JUnit XML")->type_name("FILE");
            app.add_option("--markdown", flags->markdown, "write the table as Markdown")->type_name("FILE");
            app.add_option("--max-move", flags->max_move,
                           "points; a cell that could not have shown such a move is exit 4, not success")
                ->check(CLI::Range(0.01, 100.0))
                ->capture_default_str()
                ->type_name("POINTS");
            app.add_flag("--update", flags->update, "accept the records as the new baseline");
            app.add_option("--reason", flags->reason, "with --update: why, kept in the baseline")->type_name("TEXT");
            app.add_flag("--any-build", flags->any_build, "take records of other builds than this one too");
            add_protocol_flags(app, flags->protocols, false);
            app.add_option("--group", flags->groups, "with --update: groups to guard; default: main")
                ->delimiter(',')
                ->allow_extra_args(false)
                ->type_name("NAME|all");
            add_results_flags(app, flags->results);
            return [flags] { return check(*flags); };
          }};
}

}  // namespace nlb
