#include "cli/options.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "core/text.h"
#include "results/store.h"

namespace nlb {
namespace {

/// One value per flag, so that `--method ce quickstart` leaves quickstart to the positional; repeated flags add up.
CLI::Option* add_list(CLI::App& app, const std::string& name, std::vector<std::string>& list, const std::string& help) {
  return app.add_option(name, list, help)->allow_extra_args(false);
}

/// Whether an earlier version, whose default it was, kept records in ./results. Sources of a clone may lie there too.
bool has_old_records() {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("results", none)) {
    const auto name = entry.path().filename().string();
    const bool trial = name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (entry.is_directory(none) && (trial || name == ".state" || name == "imported")) return true;
  }
  return false;
}

}  // namespace

std::string default_results() {
  std::error_code none;
  if (std::filesystem::is_directory(kDefaultResults, none) || !has_old_records()) return kDefaultResults;
  static const bool told = [] {
    std::cerr << "note: results/ holds records of an earlier version and is used on; to move them to "
              << kDefaultResults << "/: mkdir " << kDefaultResults
              << " && find results -mindepth 1 -maxdepth 1 -type d -exec mv -t " << kDefaultResults << " {} +\n";
    return true;
  }();
  static_cast<void>(told);
  return "results";
}

std::vector<std::string> ProtocolFlags::ids() const {
  auto ids = named;
  ids.insert(ids.end(), positional.begin(), positional.end());
  return ids;
}

void add_protocol_flags(CLI::App& app, ProtocolFlags& flags, bool positional) {
  add_list(app, "--protocol", flags.named, "protocol id or file (repeatable)")->type_name("ID|FILE");
  if (positional) app.add_option("protocols", flags.positional, "protocol ids or files")->type_name("ID|FILE");
  add_protocols_flag(app, flags.folder);
}

void add_protocols_flag(CLI::App& app, std::string& folder) {
  app.add_option("--protocols", folder,
                 "folder to look protocols up in, beside ./protocols and the installed ones; a changed copy of one of "
                 "those needs an id of its own, or is named by its path")
      ->type_name("DIR")
      ->envname("NLBENCH_PROTOCOLS");
}

void add_selection_flags(CLI::App& app, SelectionFlags& flags) {
  auto& selection = flags.selection;
  const auto list = [&](const char* name, std::vector<std::string>& words, const char* type, const char* help) {
    add_list(app, name, words, help)->delimiter(',')->type_name(type);
  };
  list("--method", selection.methods, "NAME", "only rows of this method");
  list("--row", selection.rows, "NAME", "only this row");
  list("--group", selection.groups, "NAME|all", "groups to take; default: main");
  list("--noise", selection.noises, "LEVEL", "only this column or setting, as describe prints it: 0.4, 40%, uniform/5");
  list("--seed", selection.seeds, "NAME", "only this entry of the protocol's seed list");
}

void add_results_flag(CLI::App& app, std::string& folder) {
  folder = kDefaultResults;
  auto* flag = app.add_option("--results", folder, "results folder")
                   ->type_name("DIR")
                   ->envname("NLBENCH_RESULTS")
                   ->capture_default_str();
  app.parse_complete_callback([&folder, flag] {
    if (flag->count() == 0) folder = default_results();
  });
}

void add_results_flags(CLI::App& app, std::vector<std::string>& folders) {
  add_list(app, "--results", folders, std::string("results folder or pack (repeatable); default: ") + kDefaultResults)
      ->type_name("DIR")
      ->envname("NLBENCH_RESULTS");
  app.parse_complete_callback([&folders] {
    for (const auto& folder : folders) {
      if (is_results_place(folder)) continue;
      std::cerr << "note: --results " << folder << ": there is no results folder or pack of that name, so it adds "
                << "nothing\n";
    }
  });
}

std::vector<std::filesystem::path> results_folders(const std::vector<std::string>& given) {
  if (given.empty()) return {default_results()};
  return {given.begin(), given.end()};
}

void add_data_flag(CLI::App& app, std::string& folder) {
  folder = kDefaultData;
  app.add_option("--data", folder, "data folder")->type_name("DIR")->envname("NLBENCH_DATA")->capture_default_str();
}

void add_format_flag(CLI::App& app, std::string& format, const std::vector<std::string>& allowed) {
  format = allowed.front();
  app.add_option("--format", format, "form of what is printed")
      ->type_name(join(allowed, "|"))
      ->check(known_word(allowed))
      ->capture_default_str();
}

void add_quiet_flag(CLI::App& app, bool& quiet) {
  app.add_flag("--quiet,-q", quiet, "no progress, only results and errors");
}

CLI::Validator known_word(std::vector<std::string> allowed) {
  return CLI::Validator(
      [allowed = std::move(allowed)](std::string& word) -> std::string {
        for (const auto& one : allowed) {
          if (one == word) return {};
        }
        const auto near = nearest(word, allowed);
        return "\"" + word + "\" is not known here" + (near ? "; nearest is \"" + *near + "\"" : "") +
               " (allowed: " + join(allowed, ", ") + ")";
      },
      "");
}

}  // namespace nlb
