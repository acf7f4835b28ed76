// cli/import.cpp -- nlbench import: predictions of a method that ran elsewhere, scored here; and bare numbers.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <set>

#include "cli/desk.h"
#include "cli/verb.h"
#include "core/durable.h"
#include "core/sha256.h"
#include "core/text.h"
#include "datasets/noise_inputs.h"
#include "formats/npy.h"
#include "protocols/own_data.h"
#include "protocols/parse.h"
#include "reports/judging/rules.h"
#include "reports/pages/wording.h"
#include "results/imported.h"
#include "supervise/machine.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

struct ImportFlags {
  std::string what, protocols_folder, results, data;
  std::vector<std::string> paths;
  std::vector<std::string> protocols;
};

/// The protocol of an import: one of the files named, else by id on the shelf.
const Protocol& find_protocol(const std::string& id, const ImportFlags& flags, Desk& desk) {
  for (const auto& named : flags.protocols) {
    const auto& protocol = desk.protocol(named);
    if (protocol.id == id) return protocol;
  }
  return desk.protocol(id);
}

/// "data/digest: 1 in the manifest, 2 here" for every leaf in which two conditions differ.
void add_differences(const Json& theirs, const Json& ours, const std::string& place, const std::string& file,
                     Problems& problems) {
  if (theirs == ours) return;
  if (!theirs.is_object() || !ours.is_object()) {
    problems.add(file + ": " + place, (theirs.is_null() ? "absent" : theirs.dump()) + " in the manifest, " +
                                          (ours.is_null() ? "absent" : ours.dump()) +
                                          " in the protocol: other labels or images; export them again");
    return;
  }
  Json keys = theirs;
  keys.update(ours);
  for (const auto& [key, unused] : keys.items()) {
    add_differences(theirs.value(key, Json()), ours.value(key, Json()), place + "/" + key, file, problems);
  }
}

/// The trial of the protocol whose data side is that of the manifest.
Trial trial_of(const Manifest& manifest, const Protocol& protocol, const Facts& known, const std::string& file) {
  Selection place;
  place.groups = {manifest.group};
  place.noises = {manifest.setting};
  place.seeds = {manifest.seed};
  const auto plan = make_plan({protocol}, place, known);
  if (plan.trials.empty()) {
    throw InputError(file + ": no row of " + protocol.id + "/" + manifest.group + " runs at " + manifest.setting +
                     ", so its labels are not known here");
  }
  for (const auto& trial : plan.trials) {
    if (conditions_of(trial.spec) == manifest.conditions) return trial;
  }
  Problems problems;
  add_differences(manifest.conditions, conditions_of(plan.trials.front().spec), "/conditions", file, problems);
  problems.throw_if_any();
  return plan.trials.front();
}

void check_digests(const Manifest& manifest, const TrainingData& data, const std::string& file) {
  Problems problems;
  for (const auto& [name, digest] : digests_of(exported_arrays(data))) {
    const auto found = manifest.digests.find(name);
    if (found != manifest.digests.end() && found->second == digest) continue;
    problems.add(file + ": /digests/" + name,
                 (found == manifest.digests.end() ? std::string("missing") : found->second) + "; here they have " +
                     digest + ": trained under other labels or parts; export them again");
  }
  problems.throw_if_any();
}

/// The arrays that lie beside the predictions are those of the export: a method may have been trained on what stands
/// there, whatever the manifest says. One that was not kept is not asked for.
void check_arrays(const fs::path& folder, const ExportedArrays& arrays) {
  Problems problems;
  for (const auto& [name, exported] : arrays.named()) {
    const auto path = folder / (name + ".npy");
    if (!fs::is_regular_file(path)) continue;
    const auto bytes = read_file(path);
    const auto array = parse_npy(bytes, path.string());
    const auto size = std::ssize(*exported);
    if (!array.type.is_integer() || array.shape != std::vector{size}) {
      problems.add(path.string(), std::string(array.type.name) + " of shape " + shape_text(array.shape) +
                                      " instead of the exported integers [" + std::to_string(size) +
                                      "]; export them again, train on them");
      continue;
    }
    const auto found = integers_of(array.data, array.type);
    int64_t different = 0, first = -1;
    for (int64_t i = 0; i < size; ++i) {
      if (found[static_cast<size_t>(i)] == (*exported)[static_cast<size_t>(i)]) continue;
      if (different++ == 0) first = i;
    }
    if (different == 0) continue;
    problems.add(path.string(), std::to_string(different) + " of " + std::to_string(size) +
                                    " elements are not the exported ones, the first at " + std::to_string(first) +
                                    ": " + std::to_string(found[static_cast<size_t>(first)]) + " instead of " +
                                    std::to_string((*exported)[static_cast<size_t>(first)]) +
                                    "; training on these is training on other labels or parts: export them again");
  }
  problems.throw_if_any();
}

void check_class(int64_t value, size_t at, int64_t classes, const std::string& file) {
  if (value >= 0 && value < classes) return;
  throw InputError(file + ": prediction " + std::to_string(at) + " is " + std::to_string(value) +
                   "; classes are 0 to " + std::to_string(classes - 1));
}

/// Index of the largest of each row of `classes` scores, the first of equal ones, which is told of: it is the file's
/// order of classes that decides there.
std::vector<int64_t> largest(const std::vector<double>& scores, size_t classes, const std::string& file) {
  std::vector<int64_t> predicted;
  int64_t shared = 0;
  for (size_t at = 0; at < scores.size(); at += classes) {
    const auto row = scores.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = row + static_cast<std::ptrdiff_t>(classes);
    if (std::any_of(row, end, [](double x) { return std::isnan(x); })) {
      throw InputError(file + ": row " + std::to_string(at / classes) + " holds NaN");
    }
    const auto top = std::max_element(row, end);
    shared += std::count(row, end, *top) > 1 ? 1 : 0;
    predicted.push_back(top - row);
  }
  if (shared == std::ssize(predicted) && shared > 0) {
    throw InputError(file + ": in every row several classes share the largest score, so none is predicted");
  }
  if (shared > 0) {
    std::cerr << "note: " << file << ": in " << shared << " of " << predicted.size()
              << " rows several classes share the largest score; the first of them counts\n";
  }
  return predicted;
}

Predictions predictions_of(const NpyArray& array, int64_t images, int64_t classes, const Manifest& manifest,
                           const std::string& file) {
  const auto epochs = manifest.epochs.value_or(0);
  const bool integers = array.type.is_integer();
  const auto& shape = array.shape;
  const bool fits = integers
                        ? shape == std::vector{images} || (shape.size() == 2 && shape[0] >= 1 && shape[1] == images)
                        : shape == std::vector{images, classes};
  if (!fits) {
    throw InputError(file + ": " + array.type.name + " of shape " + shape_text(shape) + "; allowed: integers [" +
                     std::to_string(images) + "] (the last epoch) or [epochs, " + std::to_string(images) +
                     "], floats [" + std::to_string(images) + ", " + std::to_string(classes) + "]");
  }
  Predictions predictions;
  if (!integers) {
    predictions.by_epoch = {largest(reals_of(array.data, array.type), static_cast<size_t>(classes), file)};
    return predictions;
  }
  const auto all = integers_of(array.data, array.type);
  for (size_t i = 0; i < all.size(); ++i) check_class(all[i], i, classes, file);
  predictions.has_epochs = shape.size() == 2;
  if (predictions.has_epochs && shape[0] != epochs) {
    throw InputError(file + ": predictions of " + std::to_string(shape[0]) + " epochs; the manifest says " +
                     std::to_string(epochs));
  }
  for (auto row = all.begin(); row != all.end(); row += images) predictions.by_epoch.emplace_back(row, row + images);
  return predictions;
}

std::vector<int64_t> test_labels(const TrainingData& data) {
  std::vector<int64_t> labels;
  for (const int64_t image : data.test_index) {
    labels.push_back(data.dataset.test.labels[static_cast<size_t>(image)]);
  }
  return labels;
}

/// That the page shows another rule first than these predictions give: their cell has no value there.
std::string blank_note(const Protocol& protocol, const ImportedScores& scores) {
  const auto& manifest = scores.manifest;
  const auto rule = default_rule(protocol.group(manifest.group));
  const bool measured = rule == "last" || (!rule.starts_with("best_on_val") && !scores.counts.last_ten.empty());
  if (measured) return {};
  return "note: the page of " + protocol.id + " shows \"" + rule_words(rule) +
         "\" first, which these predictions do not give: the row has no value and no rank there. Show it with nlbench "
         "report " +
         protocol.id + " --rule last" +
         (rule.starts_with("best_on_val") ? std::string()
                                          : ", or hand in [epochs, " + std::to_string(scores.counts.test_count) + "]");
}

struct Scored {
  ImportedScores scores;
  std::string note;
};

/// Reads and checks one folder; stores nothing.
Scored score_folder(const fs::path& folder, const ImportFlags& flags, Desk& desk) {
  const auto manifest_file = (folder / kManifestFile).string(), file = (folder / kPredictionsFile).string();
  for (const auto& needed : {manifest_file, file}) {
    if (!fs::is_regular_file(needed))
      throw InputError(needed + ": no such file (nlbench labels export writes the manifest)");
  }
  ImportedScores scores;
  scores.manifest = read_manifest(read_file(manifest_file), manifest_file);
  const auto& protocol = find_protocol(scores.manifest.protocol, flags, desk);
  const KnownFacts known(facts(), std::vector<const Protocol*>{&protocol});
  const auto trial = trial_of(scores.manifest, protocol, known.get(), manifest_file);
  const auto& set = known.get().datasets.at(trial.spec.data.dataset);
  const auto data = make_training_data(trial.spec, load_dataset(set, flags.data),
                                       load_noise_inputs(trial.spec, known.get(), flags.data));
  check_digests(scores.manifest, data, manifest_file);
  check_arrays(folder, exported_arrays(data));
  const auto bytes = read_file(file);
  const auto labels = test_labels(data);
  const auto predictions =
      predictions_of(parse_npy(bytes, file), std::ssize(labels), set.classes, scores.manifest, file);
  scores.predictions_digest = hex(sha256(bytes));
  scores.build = this_build();
  scores.noise = data.noise;
  scores.curves = curves_of(predictions, labels);
  scores.counts = score(predictions, labels, set.classes);
  auto note = blank_note(protocol, scores);
  return {.scores = std::move(scores), .note = std::move(note)};
}

std::string percent(int64_t correct, int64_t count) {
  return fixed(100.0 * static_cast<double>(correct) / static_cast<double>(count), 2) + " %";
}

void tell(const ImportedScores& scores) {
  const auto& m = scores.manifest;
  std::cout << m.method << " at " << m.protocol << "/" << m.group << " " << m.setting << " seed " << m.seed << ": last "
            << percent(scores.counts.last, scores.counts.test_count);
  if (!scores.counts.last_ten.empty()) {
    std::cout << ", best on test " << percent(scores.counts.best_on_test, scores.counts.test_count) << " (epoch "
              << scores.counts.best_on_test_epoch << ")";
  }
  std::cout << " of " << scores.counts.test_count
            << " test images; stored, marked: predictions scored here, training not verified\n";
}

/// Predictions of two seeds that are equal to the last image come from one training: their ± would be 0.
void note_repeats(const ImportedScores& scores, const std::vector<ImportedScores>& others) {
  const auto& mine = scores.manifest;
  for (const auto& other : others) {
    const auto& theirs = other.manifest;
    const bool same_method = theirs.protocol == mine.protocol && theirs.method == mine.method;
    if (!same_method || theirs.seed == mine.seed || other.predictions_digest != scores.predictions_digest) continue;
    std::cerr << "note: seed " << mine.seed << " has the very predictions of seed " << theirs.seed
              << "; train again for each seed, with another initialisation and order\n";
  }
}

/// All folders are looked at before anything is stored, so that all problems come at once.
ExitCode import_predictions(const ImportFlags& flags) {
  Desk desk({.named = flags.protocols, .positional = {}, .folder = flags.protocols_folder});
  std::vector<Scored> all;
  std::vector<std::string> wrong;
  for (const auto& path : flags.paths) {
    try {
      all.push_back(score_folder(path, flags, desk));
    } catch (const InputError& error) {
      wrong.emplace_back(error.what());
    }
  }
  if (!wrong.empty()) throw InputError(join(wrong, "\n"));
  std::set<std::string> notes;
  for (const auto& [scores, note] : all) {
    note_repeats(scores, read_imports({flags.results}).scores);
    store(flags.results, scores);
    tell(scores);
    if (!note.empty() && notes.insert(note).second) std::cerr << note << "\n";
  }
  return ExitCode::done;
}

/// The first group is also called main.
const Group& group_of(const ImportedNumbers& numbers, const Protocol& protocol, const std::string& file) {
  for (const auto& group : protocol.groups) {
    if (group.id == numbers.group) return group;
  }
  if (numbers.group == "main") return protocol.groups.front();
  throw InputError(file + ": /group: " + protocol.id + " has no group \"" + numbers.group + "\"");
}

/// Columns and digits, which only the protocol can judge.
void check_values(const ImportedNumbers& numbers, const Group& group, const std::string& file) {
  Problems problems;
  std::vector<std::string> columns;
  for (const auto& column : group.columns) columns.push_back(column.id);
  for (size_t i = 0; i < numbers.values.size(); ++i) {
    const auto place = file + ": /values/" + std::to_string(i);
    const auto& value = numbers.values[i];
    if (std::find(columns.begin(), columns.end(), value.column) == columns.end()) {
      problems.add(place + "/column", "no column \"" + value.column + "\"; known: " + join(columns, ", "));
    }
    if (!read_printed(value.printed)) {
      problems.add(place + "/printed", "\"" + value.printed + "\" is not a number; write 91.2 or 91.2±0.3");
    }
  }
  problems.throw_if_any();
}

ExitCode import_numbers(const ImportFlags& flags) {
  Desk desk({.named = flags.protocols, .positional = {}, .folder = flags.protocols_folder});
  std::vector<ImportedNumbers> all;
  std::vector<std::string> wrong;
  for (const auto& path : flags.paths) {
    try {
      if (!fs::is_regular_file(path)) throw InputError(path + ": no such file");
      all.push_back(read_numbers(read_file(path), path));
      const auto& protocol = find_protocol(all.back().protocol, flags, desk);
      const auto& group = group_of(all.back(), protocol, path);
      check_values(all.back(), group, path);
      all.back().group = group.id;
    } catch (const InputError& error) {
      wrong.emplace_back(error.what());
    }
  }
  if (!wrong.empty()) throw InputError(join(wrong, "\n"));
  for (const auto& numbers : all) {
    store(flags.results, numbers);
    std::cout << numbers.method << " at " << numbers.protocol << "/" << numbers.group << ": " << numbers.values.size()
              << " bare numbers stored; shown, never ranked\n";
  }
  return ExitCode::done;
}

}  // namespace

Verb import_verb() {
  return {"import", "prepare", "predictions of a method that ran elsewhere, or bare numbers",
          "nlbench labels export quickstart --noise 0.4 --seed 1 --out mine/1\n"
          "nlbench import predictions mine/1 mine/2\nnlbench import records numbers.json",
          [](CLI::App& app) {
            const auto flags = std::make_shared<ImportFlags>();
            app.add_option("what", flags->what, "predictions or records")
                ->required()
                ->check(known_word({"predictions", "records"}));
            app.add_option("paths", flags->paths,
                           "predictions: folders with manifest.json and predictions.npy; records: JSON files")
                ->required()
                ->type_name("DIR|FILE");
            app.add_option("--protocol", flags->protocols,
                           "protocol files outside the folders where ids are looked up (repeatable)")
                ->type_name("FILE")
                ->allow_extra_args(false);
            add_protocols_flag(app, flags->protocols_folder);
            add_results_flag(app, flags->results);
            add_data_flag(app, flags->data);
            return
                [flags] { return flags->what == "predictions" ? import_predictions(*flags) : import_numbers(*flags); };
          }};
}

}  // namespace nlb
