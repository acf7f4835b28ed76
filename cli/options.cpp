#include "cli/options.h"

#include <unistd.h>

#include <cstdlib>

#include "core/text.h"

namespace nlb {
namespace {

/// One value per flag, so that `--method ce quickstart` leaves quickstart to the positional; repeated flags add up.
CLI::Option* add_list(CLI::App& app, const std::string& name, std::vector<std::string>& list, const std::string& help) {
  return app.add_option(name, list, help)->allow_extra_args(false);
}

}  // namespace

std::vector<std::string> ProtocolFlags::ids() const {
  auto ids = named;
  ids.insert(ids.end(), positional.begin(), positional.end());
  return ids;
}

void add_protocol_flags(CLI::App& app, ProtocolFlags& flags, bool positional) {
  add_list(app, "--protocol", flags.named, "protocol id or file (repeatable)")->type_name("ID|FILE");
  if (positional) app.add_option("protocols", flags.positional, "protocol ids or files")->type_name("ID|FILE");
  app.add_option("--protocols", flags.folder,
                 "folder to look protocols up in, before ./protocols and the installed ones")
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
  folder = "results";
  app.add_option("--results", folder, "results folder")
      ->type_name("DIR")
      ->envname("NLBENCH_RESULTS")
      ->capture_default_str();
}

void add_results_flags(CLI::App& app, std::vector<std::string>& folders) {
  add_list(app, "--results", folders, "results folder (repeatable); default: results")
      ->type_name("DIR")
      ->envname("NLBENCH_RESULTS");
}

std::vector<std::filesystem::path> results_folders(const std::vector<std::string>& given) {
  if (given.empty()) return {"results"};
  return {given.begin(), given.end()};
}

void add_data_flag(CLI::App& app, std::string& folder) {
  folder = "data";
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

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

bool use_colour(int descriptor) {
  const char* refused = std::getenv("NO_COLOR");
  return is_terminal(descriptor) && (refused == nullptr || *refused == '\0');
}

}  // namespace nlb
