// cli/data.cpp -- nlbench data list|verify: what lies in the data folder, by official digests. Never downloads.
#include <iostream>
#include <memory>

#include "cli/options.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "core/text.h"
#include "datasets/dataset.h"

namespace nlb {
namespace {

struct DataFlags {
  std::string what, folder;
  std::vector<std::string> datasets;
};

std::vector<const DatasetFacts*> chosen(const DataFlags& flags) {
  std::vector<const DatasetFacts*> list;
  std::vector<std::string> ids;
  for (const auto& [id, known] : facts().datasets) {
    ids.push_back(id);
    if (flags.datasets.empty() && known.status == Status::built) list.push_back(&known);
  }
  for (const auto& id : flags.datasets) {
    const auto found = facts().datasets.find(id);
    if (found == facts().datasets.end()) {
      const auto near = nearest(id, ids);
      throw InputError("no data set \"" + id + "\"" + (near ? "; nearest is \"" + *near + "\"" : "") +
                       "; known: " + join(ids, ", "));
    }
    list.push_back(&found->second);
  }
  return list;
}

std::string state_word(FileState::Kind kind) {
  switch (kind) {
    case FileState::Kind::good:
      return "good";
    case FileState::Kind::missing:
      return "missing";
    case FileState::Kind::wrong_size:
      return "wrong size";
    case FileState::Kind::wrong_digest:
      return "wrong digest";
  }
  return "";
}

ExitCode list_data(const DataFlags& flags) {
  std::vector<TextRow> rows;
  for (const auto* set : chosen(flags)) {
    int64_t bytes = 0;
    for (const auto& file : set->files) bytes += file.bytes;
    const std::string need = set->files.empty() ? "generated, needs no file"
                                                : bytes_text(static_cast<double>(bytes)) + " from " + set->address;
    rows.push_back({set->id, set->title, need, set->licence});
  }
  std::cout << aligned(rows);
  return ExitCode::done;
}

ExitCode verify_data(const DataFlags& flags) {
  std::vector<TextRow> rows;
  std::vector<std::string> wrong;
  bool missing = false;
  for (const auto* set : chosen(flags)) {
    if (set->files.empty()) rows.push_back({set->id, "", "generated, needs no file"});
    for (const auto& state : verify_dataset(*set, flags.folder, true)) {
      rows.push_back({set->id, state.name, state_word(state.kind), state.found});
      missing = missing || state.kind == FileState::Kind::missing;
      const bool bad = state.kind == FileState::Kind::wrong_size || state.kind == FileState::Kind::wrong_digest;
      if (bad)
        wrong.push_back(flags.folder + "/" + state.name + ": " + state.found + "; copy it again from " + set->address);
    }
  }
  std::cout << aligned(rows);
  if (!wrong.empty()) throw InputError(join(wrong, "\n"));
  return missing ? ExitCode::incomplete : ExitCode::done;
}

}  // namespace

Verb data_verb() {
  return {"data", "prepare", "list data sets and where to get them; verify files by digest",
          "nlbench data list\nnlbench data verify cifar10 --data data", [](CLI::App& app) {
            const auto flags = std::make_shared<DataFlags>();
            app.add_option("what", flags->what, "list or verify")->required()->check(known_word({"list", "verify"}));
            app.add_option("datasets", flags->datasets, "data sets; default: all that are built")->type_name("ID");
            add_data_flag(app, flags->folder);
            return [flags] { return flags->what == "list" ? list_data(*flags) : verify_data(*flags); };
          }};
}

}  // namespace nlb
