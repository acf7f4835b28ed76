// cli/data.cpp -- nlbench data list|verify|fetch|make-fixture: what lies in the data folder, by official digests; only
// fetch downloads.
#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/options.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "core/durable.h"
#include "core/text.h"
#include "datasets/dataset.h"
#include "datasets/fetch.h"
#include "datasets/fixture_files.h"
#include "datasets/official_files.h"
#include "facts/own_dataset.h"

namespace nlb {
namespace {

struct DataFlags {
  std::string what, folder;
  std::vector<std::string> datasets;
  std::string from;       ///< fetch: another server
  std::string out, form;  ///< make-fixture
  std::string describe;   ///< make-fixture: file that gets the facts of a protocol's own set
  int64_t per_class = 10, classes = 0;
  bool quiet = false;
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

/// Sizes that are known, else those of the pixels.
std::string size_words(const DatasetFacts& set) {
  int64_t bytes = 0;
  bool known = true;
  for (const auto& file : set.files) {
    bytes += file.bytes;
    known = known && !file.sha256.empty();
  }
  if (known) return bytes_text(static_cast<double>(bytes));
  const int64_t pixels = (set.train_images + set.test_images) * shape_of(set).bytes();
  return "about " + bytes_text(static_cast<double>(pixels));
}

ExitCode list_data(const DataFlags& flags) {
  std::vector<TextRow> rows;
  for (const auto* set : chosen(flags)) {
    const std::string need =
        set->files.empty() ? "generated, needs no file" : size_words(*set) + " from " + set->address;
    rows.push_back({set->id, set->title, need, set->licence});
  }
  std::cout << aligned(rows);
  return ExitCode::done;
}

/// "wrong digest" of a file whose digest is published; others are judged by what they hold.
std::string state_word(const DatasetFacts& set, const FileState& state) {
  const auto file =
      std::find_if(set.files.begin(), set.files.end(), [&](const FileFacts& each) { return each.name == state.name; });
  const bool unpublished = file != set.files.end() && file->sha256.empty();
  return unpublished && state.kind == FileState::Kind::wrong_digest ? "wrong content" : state_word(state.kind);
}

/// Prints the state of each file of `sets`, and of the archives they come in. Throws InputError for wrong ones.
ExitCode print_states(const std::vector<const DatasetFacts*>& sets, const std::string& folder) {
  std::vector<TextRow> rows;
  std::vector<std::string> wrong;
  bool missing = false;
  for (const auto* set : sets) {
    if (set->files.empty()) {
      rows.push_back({set->id, "", "generated, needs no file"});
      continue;
    }
    auto states = verify_dataset(*set, folder, true);
    for (FileState& state : OfficialFiles(*set, folder, true).archives()) states.push_back(std::move(state));
    for (const auto& state : states) {
      rows.push_back({set->id, state.name, state_word(*set, state), state.found});
      missing = missing || state.kind == FileState::Kind::missing;
      const bool bad = state.kind == FileState::Kind::wrong_size || state.kind == FileState::Kind::wrong_digest;
      if (bad) {
        wrong.push_back(folder + "/" + state.name + ": " + state.found + "; copy it again from " + set->address);
      }
    }
  }
  std::cout << aligned(rows);
  if (!wrong.empty()) throw InputError(join(wrong, "\n"));
  return missing ? ExitCode::incomplete : ExitCode::done;
}

ExitCode fetch_data(const DataFlags& flags) {
  if (flags.datasets.empty())
    throw InputError("data fetch needs the data sets to download; nlbench data list shows them");
  const auto sets = chosen(flags);
  for (const auto* set : sets) {
    for (const Download& what : downloads_of(*set, flags.from)) {
      if (!flags.quiet)
        std::cerr << what.address << " -> " << (std::filesystem::path(flags.folder) / what.file).string() << "\n";
      download(what, flags.folder, flags.quiet);
    }
  }
  return print_states(sets, flags.folder);
}

std::string chosen_form(const DatasetFacts& set, const std::string& asked) {
  const auto forms = fixture_forms(set);
  if (forms.empty()) throw InputError("data set \"" + set.id + "\" has no official files to make a miniature of");
  if (asked.empty()) return forms.front();
  if (std::find(forms.begin(), forms.end(), asked) != forms.end()) return asked;
  throw InputError("--form " + asked + ": " + set.id + " comes as " + join(forms, ", "));
}

/// Of the first `classes` classes only; 0: of all.
DatasetFacts with_classes(DatasetFacts set, int64_t classes) {
  if (classes == 0) return set;
  if (classes > set.classes) {
    throw InputError("--classes " + std::to_string(classes) + ": " + set.id + " has " + std::to_string(set.classes));
  }
  set.class_names.resize(static_cast<size_t>(classes));
  set.classes = classes;
  return set;
}

ExitCode make_fixtures(const DataFlags& flags) {
  if (flags.datasets.empty() || flags.out.empty()) throw InputError("data make-fixture needs data sets and --out DIR");
  std::vector<TextRow> rows;
  Json described = Json::object();
  const auto& own = own_formats();
  for (const auto* set : chosen(flags)) {
    if (!flags.describe.empty() && std::find(own.begin(), own.end(), set->format) == own.end()) {
      throw InputError("--describe: " + set->id + " has the form " + set->format + "; own sets have one of " +
                       join(own, ", "));
    }
    const DatasetFacts whole = with_classes(*set, flags.classes);
    const DatasetFacts made = write_fixture(whole, flags.out, chosen_form(*set, flags.form), flags.per_class);
    described[set->id + "_miniature"] = own_dataset_json(made);
    for (const FileFacts& file : made.files) {
      rows.push_back({set->id, file.name, std::to_string(file.bytes) + " bytes", "SHA-256 " + file.sha256});
    }
  }
  if (!flags.describe.empty()) write_file_durably(flags.describe, described.dump(2) + "\n");
  std::cout << aligned(rows);
  std::cerr << "miniatures in the official layout, for tests of readers; as their digests are not the official ones,"
               " nlbench trains on none of them under the official name (--describe writes them as own sets)\n";
  return ExitCode::done;
}

ExitCode run_data(const DataFlags& flags) {
  if (flags.what == "list") return list_data(flags);
  if (flags.what == "verify") return print_states(chosen(flags), flags.folder);
  return flags.what == "fetch" ? fetch_data(flags) : make_fixtures(flags);
}

void declare(CLI::App& app, DataFlags& flags) {
  const std::vector<std::string> what = {"list", "verify", "fetch", "make-fixture"};
  app.add_option("what", flags.what, join(what, ", "))->required()->check(known_word(what));
  app.add_option("datasets", flags.datasets, "data sets; default of list and verify: all that are built")
      ->type_name("ID");
  add_data_flag(app, flags.folder);
  app.add_option("--from", flags.from, "fetch: another server's folder in place of the official address")
      ->type_name("URL");
  app.add_option("--out", flags.out, "make-fixture: folder to write")->type_name("DIR");
  app.add_option("--form", flags.form,
                 "make-fixture: raw, gzip; binary, python, binary_archive, python_archive; pickle, npz")
      ->type_name("FORM");
  app.add_option("--describe", flags.describe, "make-fixture: write the \"datasets\" of a protocol that trains on it")
      ->type_name("FILE");
  app.add_option("--classes", flags.classes, "make-fixture: the first so many classes; default: all")
      ->check(CLI::Range(2, 100'000));
  app.add_option("--per-class", flags.per_class, "make-fixture: training images of each class")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  add_quiet_flag(app, flags.quiet);
}

}  // namespace

Verb data_verb() {
  return {"data", "prepare", "list data sets and where to get them; verify by digest; fetch; make miniatures",
          "nlbench data list\nnlbench data verify cifar10 --data data\nnlbench data fetch cifar10 --data data\n"
          "nlbench data make-fixture cifar100 --form python_archive --out miniature",
          [](CLI::App& app) {
            const auto flags = std::make_shared<DataFlags>();
            declare(app, *flags);
            return [flags] { return run_data(*flags); };
          }};
}

}  // namespace nlb
