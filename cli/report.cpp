// cli/report.cpp -- nlbench report: pages from protocols and records, nothing else.
#include "reports/pages/report.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <set>

#include "cli/desk.h"
#include "cli/follow_up.h"
#include "cli/verb.h"
#include "core/durable.h"
#include "core/program_folder.h"
#include "core/shell.h"
#include "core/text.h"
#include "reports/judging/cells.h"
#include "reports/judging/imported_rows.h"
#include "reports/judging/judging.h"
#include "supervise/standing.h"

namespace nlb {
namespace {

struct ReportFlags {
  ProtocolFlags protocols;
  std::vector<std::string> results;
  std::string data, out, templates, rule;
  std::vector<std::string> formats = {"html", "markdown"};
  bool run_views = true;
};

struct Measured {
  RecordIndex records;
  std::map<std::string, std::string> skipped;  ///< trial without a record -> why its data is not there
};

/// A data file that is there but wrong is an error of its own.
Measured read_measured(Desk& desk, const std::string& data_folder) {
  Measured measured{desk.table_records(), {}};
  DataCheck data(data_folder, desk.known());
  for (const auto& trial : desk.whole().trials) {
    if (measured.records.by_trial.contains(trial.id)) continue;
    if (auto reason = data.missing(trial.spec); !reason.empty()) measured.skipped[trial.id] = std::move(reason);
  }
  return measured;
}

std::filesystem::path template_folder(const std::string& given) {
  if (!given.empty()) return given;
  if (const auto shipped = shipped_folder("templates", "page.mustache")) return *shipped;
  throw EnvironmentError(
      "the page templates are not where the program looks for them (share/nlbench/templates beside its bin folder): "
      "install nlbench again, or name them with --templates DIR");
}

/// Pages can be made again at any time, so nothing waits for the disk.
void write_files(const std::filesystem::path& out, const ReportFiles& files) {
  for (const auto& [name, text] : files) write_file_whole(out / name, text);
}

using Render = ReportFiles (*)(const std::vector<ReportInput>&);

/// The formats that need no templates.
const std::map<std::string, Render>& twins() {
  static const std::map<std::string, Render> list = {
      {"csv", render_csv}, {"json", render_json}, {"latex", render_latex}, {"markdown", render_markdown}};
  return list;
}

std::vector<std::string> words_of(const std::vector<std::filesystem::path>& folders) {
  std::vector<std::string> words;
  for (const auto& folder : folders) words.push_back(folder.string());
  return words;
}

/// The page that is named at the end: the first of what was asked for.
std::string main_page(const std::vector<Protocol>& protocols, const std::vector<std::string>& formats) {
  static const std::map<std::string, std::string> endings = {
      {"csv", ".csv"}, {"json", ".json"}, {"latex", ".tex"}, {"markdown", ".md"}};
  const bool html = std::find(formats.begin(), formats.end(), "html") != formats.end();
  if (html) return protocols.size() == 1 ? protocols.front().id + ".html" : "index.html";
  return protocols.front().id + endings.at(formats.front());
}

/// A page is read on other machines: official data lie elsewhere there, but own data only where the user named them.
ReportInput input_of(const Protocol& protocol, Desk& desk, const RecordIndex& records,
                     const std::map<std::string, std::string>& skipped, const ReportFlags& flags) {
  const auto& known = desk.known();
  const bool own = known.datasets.size() > facts().datasets.size();
  const Places places{
      .results = words_of(desk.results()), .data = own ? flags.data : "", .protocols = flags.protocols.folder};
  const auto word = protocol_word(protocol.id, flags.protocols);
  const auto folders = shell_words(place_words(places, true));
  return {.protocol = &protocol,
          .facts = &known,
          .records = &records,
          .skipped = skipped,
          .rule = flags.rule,
          .protocol_word = word == protocol.id ? "" : shell_word(word),
          .place_words = folders.empty() ? "" : " " + folders};
}

ExitCode report(const ReportFlags& flags) {
  Desk desk(flags.protocols, everything(), flags.results);
  const auto& protocols = desk.protocols();
  auto [records, skipped] = read_measured(desk, flags.data);
  const auto imports = read_imports(desk.results());
  for (const auto& line : imports.problems.lines()) std::cerr << "left out: " << line << "\n";
  for (const auto& line : records.problems.lines()) std::cerr << "left out: " << line << "\n";
  for (const auto& [trial, faults] : records.determinism_faults) {
    for (const auto& fault : faults) std::cerr << "determinism fault: " << fault << "\n";
  }
  std::vector<ReportInput> inputs;
  std::vector<Protocol> shown;
  for (const auto& protocol : protocols) shown.push_back(with_imported_rows(protocol, imports, records));
  for (const auto& protocol : shown) inputs.push_back(input_of(protocol, desk, records, skipped, flags));
  const std::set<std::string> formats(flags.formats.begin(), flags.formats.end());
  const std::filesystem::path out = flags.out;
  for (const auto& [format, render] : twins()) {
    if (formats.contains(format)) write_files(out, render(inputs));
  }
  if (formats.contains("html"))
    write_files(out, render_html(inputs, template_folder(flags.templates), flags.run_views));
  std::cout << std::filesystem::weakly_canonical(out / main_page(protocols, flags.formats)).string() << "\n";
  if (!records.problems.empty() || !imports.problems.empty()) return ExitCode::bad_input;
  if (!records.by_trial.empty()) return ExitCode::done;
  const auto nothing = "no record of these protocols in " + join(words_of(desk.results()), ", ");
  // A table of printed numbers is worth its page before anything is measured.
  if (std::none_of(protocols.begin(), protocols.end(), prints_values))
    throw NothingSelected(nothing + "; measure with nlbench run");
  std::cout << nothing << ": the pages show published values only; measure with nlbench run\n";
  return ExitCode::done;
}

}  // namespace

Verb report_verb() {
  return {"report", "look", "pages with measured beside published, from stored records",
          "nlbench report --protocol quickstart --out pages", [](CLI::App& app) {
            const auto flags = std::make_shared<ReportFlags>();
            add_protocol_flags(app, flags->protocols);
            add_results_flags(app, flags->results);
            add_data_flag(app, flags->data);
            app.add_option("--out", flags->out, "folder for the pages")->required()->type_name("DIR");
            app.add_option("--format", flags->formats, "html, markdown, csv, json, latex")
                ->delimiter(',')
                ->allow_extra_args(false)
                ->check(known_word({"html", "markdown", "csv", "json", "latex"}));
            app.add_option("--rule", flags->rule,
                           "selection rule that tables show first: " + join(all_rules(), ", ") +
                               "; "
                               "default: the one of most published values, else last")
                ->type_name("RULE")
                ->check(known_word(all_rules()));
            app.add_option("--templates", flags->templates, "folder of page templates; default: those of the program")
                ->type_name("DIR");
            app.add_flag("!--no-run-views", flags->run_views, "leave out the page of each run");
            return [flags] { return report(*flags); };
          }};
}

}  // namespace nlb
