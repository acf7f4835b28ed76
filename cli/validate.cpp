// cli/validate.cpp -- nlbench validate: all problems of all files at once.
#include <iostream>
#include <memory>

#include "cli/desk.h"
#include "cli/label_gaps.h"
#include "cli/own_checks.h"
#include "cli/own_files.h"
#include "cli/verb.h"
#include "core/durable.h"
#include "core/text.h"
#include "datasets/data_needs.h"
#include "datasets/label_sources.h"
#include "datasets/noise.h"
#include "datasets/noise_quota.h"
#include "datasets/trusted_draws.h"
#include "protocols/library.h"
#include "protocols/plan.h"
#include "protocols/source_places.h"

namespace nlb {
namespace {

/// Words of generators that are not defined together, rates and numbers of classes that they do not take.
void check_noises(const Protocol& protocol, const Facts& known, Problems& problems) {
  for (const auto& group : protocol.groups) {
    const auto& set = known.datasets.at(group.data.dataset);
    for (const auto& setting : group.settings) {
      if (facts().generators.at(setting.noise.generator).status != Status::built) continue;
      try {
        check_noise(setting.noise, set.classes);
        const auto& part = group.data.train_subset;
        check_noise_picks(setting.noise, set.classes, part ? part->count : set.train_images);
      } catch (const InputError& error) {
        problems.add(protocol.file + ": group " + group.id + ", setting " + setting.name, error.what());
      }
    }
  }
}

/// A source that nobody can look up is no error: the value may well be right.
void warn_of_sources(const Protocol& protocol) {
  size_t values = 0;
  for (const auto& group : protocol.groups) {
    for (const auto& one : unplaced_sources(group)) values += one.values.size();
  }
  if (values == 0) return;
  std::cout << protocol.file
            << ": warning: values of its rows whose source names a file and neither a line nor a key of it: " << values
            << "; \"nlbench describe " << protocol.id
            << "\" lists them; write owner/repo:file:12 or owner/repo:file#key\n";
}

/// Rows that learn from images outside the trusted set, where nearly all are trusted. Of own data own_data_notes tells
/// it by their labels.
void warn_of_few_untrusted(const Protocol& protocol, const Facts& known) {
  for (const auto& group : protocol.groups) {
    if (protocol.datasets.contains(group.data.dataset)) continue;
    const auto& part = group.data.train_subset;
    const int64_t images = (part ? part->count : known.datasets.at(group.data.dataset).train_images) -
                           (group.data.held_out ? group.data.held_out->count : 0);
    for (const auto& row : group.rows) {
      if (row.status != Row::Status::measured) continue;
      for (const auto& setting : group.settings) {
        if (!setting.trusted || setting.trusted->dataset) continue;
        const auto spec = resolve_spec(protocol, group, row, setting, protocol.seeds.front(), known);
        const auto few =
            few_untrusted(spec, known.methods.at(spec.method.id), images, trusted_count(*setting.trusted, images));
        if (few.empty()) continue;
        std::cout << protocol.file << ": warning: row " << row.id << " of group " << group.id << " at " << setting.name
                  << ": " << few << "\n";
        break;
      }
    }
  }
}

/// What to say of the label files that are there. Throws InputError for labels that no trial can train on.
std::vector<std::string> label_gaps_of(Desk& desk, const std::string& data_folder) {
  const auto gaps = label_gaps(desk.protocols(), desk.known(), data_folder);
  if (!gaps.wrong.empty()) throw InputError(join(gaps.wrong, "\n"));
  return gaps.notes;
}

/// A table in another form than CSV, say, of which the reader of protocols could only tell that it is not JSON.
void refuse_other_kinds(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return;
  const auto kind = known_kind(read_file(file));
  if (!kind.empty()) throw InputError(file + ": " + kind + "; read are protocols (JSON) and own labels (NAME.csv)");
}

/// Everything wrong with the protocol, or "".
std::string problems_of(const std::string& id, const std::string& folder, const std::string& data) {
  try {
    refuse_other_kinds(id);
    Desk desk({.named = {id}, .positional = {}, .folder = folder});
    const auto& protocol = desk.protocols().front();
    Problems noises;
    check_noises(protocol, desk.known(), noises);
    noises.throw_if_any();
    size_t rows = 0;
    size_t published = 0;
    for (const auto& group : protocol.groups) {
      rows += group.rows.size();
      for (const auto& row : group.rows) published += row.published.size();
    }
    const auto gaps = label_gaps_of(desk, data);
    std::cout << protocol.file << ": valid; " << protocol.groups.size() << " groups, " << rows << " rows, " << published
              << " published values\n";
    warn_of_sources(protocol);
    warn_of_few_untrusted(protocol, desk.known());
    for (const auto& note : own_data_notes(desk.protocols(), desk.known(), data)) std::cout << "note: " << note << "\n";
    for (const auto& note : gaps) std::cout << "note: " << note << "\n";
    return {};
  } catch (const InputError& error) {
    return error.what();
  }
}

/// Everything wrong with a file that protocols share, or "".
std::string problems_of_shared(const std::filesystem::path& path) {
  try {
    const auto words = check_library_file(path, facts());
    std::cout << path.string() << ": valid; " << words << "\n";
    return {};
  } catch (const InputError& error) {
    return error.what();
  }
}

/// Where no file is named: every protocol of the shelf, and every file in the shelf's folders that protocols share.
std::vector<std::string> everything_of(const ProtocolShelf& shelf, const std::vector<std::filesystem::path>& folders) {
  auto names = shelf.ids();
  for (const auto& folder : folders) {
    for (const auto& file : library_files(folder)) names.push_back(file.string());
  }
  return names;
}

struct ValidateFlags {
  ProtocolFlags protocols;
  std::string dataset, data;
  bool leave_out_unreadable = false;
};

/// Everything wrong with own labels and the images they name, or "".
std::string problems_of_labels(const std::string& file, const std::string& folder, bool leave_out_unreadable) {
  try {
    const std::vector<int64_t> any_size = {3, 32, 32};
    const auto beside = std::filesystem::path(file).parent_path();
    const OwnFiles files{.folder = !folder.empty()  ? folder
                                   : beside.empty() ? "."
                                                    : beside.string(),
                         .labels = file,
                         .leave_out_unreadable = leave_out_unreadable};
    const auto own = read_own_data(files, any_size);
    std::cout << file << ": valid; " << own.set.dataset.train.count << " training and " << own.set.dataset.test.count
              << " test images\n";
    for (const auto& line : own_data_lines(own)) std::cout << line << "\n";
    return {};
  } catch (const InputError& error) {
    return error.what();
  }
}

ExitCode validate(const ValidateFlags& flags) {
  const auto folders = protocol_folders(flags.protocols.folder);
  const ProtocolShelf shelf(folders);
  const auto ids = flags.protocols.ids().empty() ? everything_of(shelf, folders) : flags.protocols.ids();
  if (ids.empty())
    throw NothingSelected("no protocol to validate: name files or ids, or a folder with --protocols DIR");
  std::vector<std::string> problems;
  for (const auto& id : ids) {
    const auto found = is_label_table(id)    ? problems_of_labels(id, flags.dataset, flags.leave_out_unreadable)
                       : is_library_file(id) ? problems_of_shared(id)
                                             : problems_of(id, flags.protocols.folder, flags.data);
    if (!found.empty()) problems.push_back(found);
  }
  if (!problems.empty()) throw InputError(join(problems, "\n"));
  return ExitCode::done;
}

}  // namespace

Verb validate_verb() {
  return {"validate", "prepare",
          "check protocol files, files that they share, and own labels (CSV); all problems at once",
          "nlbench validate protocols/*.json\nnlbench validate protocols/published/*.json\nnlbench validate "
          "photos/labels.csv",
          [](CLI::App& app) {
            const auto flags = std::make_shared<ValidateFlags>();
            add_protocol_flags(app, flags->protocols);
            app.add_option("--dataset", flags->dataset, "image folder of a CSV; default: the CSV's own folder")
                ->type_name("DIR");
            app.add_flag("--leave-out-unreadable", flags->leave_out_unreadable,
                         "of a CSV: leave out images that cannot be read");
            add_data_flag(app, flags->data);
            return [flags] { return validate(*flags); };
          }};
}

}  // namespace nlb
