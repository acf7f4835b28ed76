// reports/pages/report.h -- a report is a pure function of protocols and records: same input, same bytes. No clock, no
// machine.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "protocols/plan.h"
#include "reports/judging/cells.h"
#include "results/store.h"

namespace nlb {

struct ReportInput {
  const Protocol* protocol = nullptr;
  const Facts* facts = nullptr;
  const RecordIndex* records = nullptr;
  std::map<std::string, std::string> skipped;  ///< trial id -> why it has no data
  std::string rule = {};                       ///< selection rule that tables show first; "": each group's own
  /// How a command names this protocol where its id is not enough ("photos/photos.json"), quoted for a shell.
  std::string protocol_word = {};
  /// The folders that it was read from, behind every command: " --results leaderboard/results"; quoted, "" for none.
  std::string place_words = {};
};
Table table_of(const ReportInput& input);

/// "nlbench VERB --protocol ..."; `rest` stands before the folders.
std::string command_of(const ReportInput& input, const std::string& verb, const std::string& rest);
/// What makes these pages again, under the rule that they show.
std::string report_command(const ReportInput& input, const std::string& rest = {});
/// "nlbench verify 3f9a2c...", with the protocol only where its id is not enough.
std::string verify_command(const ReportInput& input, const std::string& trial);

/// File name relative to the output folder -> text.
using ReportFiles = std::map<std::string, std::string>;

ReportFiles render_markdown(const std::vector<ReportInput>& inputs);
/// One line per cell, rule and published value judged under it.
ReportFiles render_csv(const std::vector<ReportInput>& inputs);
/// Everything in numbers: cells, seeds, ranks, judgements, sources.
ReportFiles render_json(const std::vector<ReportInput>& inputs);
/// One booktabs table per group, ids of the cells as comments.
ReportFiles render_latex(const std::vector<ReportInput>& inputs);
/// `template_folder` holds the mustache templates, styles and scripts. `run_views`: also runs/<id>.html, linked only
/// then.
ReportFiles render_html(const std::vector<ReportInput>& inputs, const std::filesystem::path& template_folder,
                        bool run_views);

}  // namespace nlb
