// cli/export.cpp -- nlbench export samples: the training samples of one trial as CSV, most suspicious first.
#include <cmath>
#include <iostream>
#include <memory>

#include "cli/kept.h"
#include "cli/lookup.h"
#include "cli/standing.h"
#include "cli/verb.h"
#include "core/durable.h"
#include "core/text.h"
#include "datasets/csv.h"
#include "datasets/dataset.h"
#include "protocols/own_data.h"
#include "results/samples.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

struct ExportFlags {
  std::string what, data, out = "-";
  ProtocolFlags protocols;
  SelectionFlags selection;
  std::vector<std::string> results;
};

constexpr const char* kHeader =
    "rank,image,file,position,given,given_class,predicted,predicted_class,loss,clean_score,epoch,clean,clean_class\n";
constexpr int kDigits = 6;  // a float's

/// "3,cat"; two empty fields where there is no class.
std::string class_fields(int64_t label, const DatasetFacts& dataset) {
  if (label < 0) return ",";
  return std::to_string(label) + "," + csv_field(dataset.class_names[static_cast<size_t>(label)]);
}

std::string number_field(double value) { return std::isnan(value) ? "" : significant(value, kDigits); }

/// Facts of the data set, and names where its images are files of the user's own.
struct NamedImages {
  const DatasetFacts& dataset;
  std::vector<std::string> names;
  ImagePlace place(int64_t index) const {
    const auto place = training_image_place(dataset, index);
    return names.empty() ? place : ImagePlace{names[static_cast<size_t>(index)], index};
  }
};

std::string line_of(const KeptSamples& samples, size_t row, const std::string& rank, const NamedImages& images) {
  const auto place = images.place(samples.image[row]);
  const auto& dataset = images.dataset;
  const bool seen = samples.epoch[row] > 0;
  return rank + "," + std::to_string(samples.image[row]) + "," + csv_field(place.file) + "," +
         std::to_string(place.position) + "," + class_fields(samples.given[row], dataset) + "," +
         class_fields(samples.predicted[row], dataset) + "," + number_field(samples.loss[row]) + "," +
         number_field(samples.clean_score[row]) + "," + (seen ? std::to_string(samples.epoch[row]) : "") + "," +
         class_fields(samples.clean[row], dataset) + "\n";
}

/// The rows of `order` with their rank, then the others.
std::string csv_of(const KeptSamples& samples, const std::vector<size_t>& order, const NamedImages& images) {
  std::string csv = kHeader;
  std::vector<bool> ranked(samples.size());
  int64_t rank = 0;
  for (const size_t row : order) {
    ranked[row] = true;
    csv += line_of(samples, row, std::to_string(++rank), images);
  }
  for (size_t row = 0; row < samples.size(); ++row) {
    if (!ranked[row]) csv += line_of(samples, row, "", images);
  }
  return csv;
}

/// The one trial asked for.
const Trial& only_trial(const Plan& plan) {
  if (plan.trials.empty()) {
    throw NothingSelected(plan.not_planned.empty() ? "no trial of these protocols can run"
                                                   : "nothing to export: " + plan.not_planned.front().reason);
  }
  if (plan.trials.size() == 1) return plan.trials.front();
  constexpr size_t kShown = 4;
  std::string text =
      std::to_string(plan.trials.size()) +
      " trials match, but one file holds one trial; say which with --row (or --method), --noise, --seed:";
  for (size_t i = 0; i < std::min(plan.trials.size(), kShown); ++i) text += "\n  " + trial_name(plan.trials[i]);
  if (plan.trials.size() > kShown) text += "\n  ... (nlbench list trials shows all)";
  throw InputError(text);
}

/// Why the trial has no kept samples, and the command that makes them.
[[noreturn]] void tell_missing(const Trial& trial, const ExportFlags& flags, const std::vector<fs::path>& folders) {
  const auto records = read_records(folders, {trial.id});
  records.problems.throw_if_any();
  const auto command_into = [&](const std::string& folder) {
    return keeping_command(trial, flags.protocols, "samples",
                           {.results = {folder}, .data = flags.data, .protocols = {}});
  };
  const auto name = trial_name(trial);
  const Record* record = records.find(trial.id);
  if (record == nullptr) {
    const bool started = fs::exists(Store(folders.front(), false).checkpoint_path(trial.id));
    throw NothingSelected(name + (started ? " is not finished" : " was not run") +
                          "; run it with: " + command_into(folders.front().string()));
  }
  if (record->result.status == TrialResult::Status::failed) {
    throw NothingSelected(name + " failed, so nothing was kept of it: " + record->result.failure);
  }
  throw NothingSelected(name +
                        " was measured without --keep samples, and no trial is run twice in one results folder;"
                        " run it in another one: " +
                        command_into("kept") + "\nthen add --results kept here");
}

void check_against(const DatasetFacts& dataset, const Trial& trial, const KeptSamples& samples, const fs::path& path) {
  Problems problems;
  if (samples.trial != trial.id) {
    problems.add(path.string() + ": /trial",
                 samples.trial + " is not the trial of this folder, " + trial.id + "; copy its own file there");
  }
  const auto check = [&](const char* key, const std::vector<int64_t>& values, int64_t bound) {
    for (const int64_t value : values) {
      if (value < bound) continue;
      problems.add(path.string() + ": /" + key, std::to_string(value) + " is outside [0, " + std::to_string(bound) +
                                                    ") of " + dataset.title + "; the file was changed");
      return;
    }
  };
  check("image", samples.image, dataset.train_images);
  const auto classes = static_cast<int64_t>(dataset.class_names.size());
  check("given", samples.given, classes);
  check("predicted", samples.predicted, classes);
  check("clean", samples.clean, classes);
  problems.throw_if_any();
}

/// "cifar10_sym/main ce 0.5 seed 1 (...): 50000 training samples, most suspicious (lowest clean score) first".
void tell(const Trial& trial, const KeptSamples& samples, size_t ranked) {
  const size_t left = samples.size() - ranked;
  std::cerr << trial_name(trial) << ": " << samples.size() << " training samples, most suspicious ("
            << (samples.has_score ? "lowest clean_score" : "largest loss") << ") first";
  if (left > 0) std::cerr << "; the last " << left << " were in no step that rates them and have no rank";
  std::cerr << "\n";
}

ExitCode export_samples(const ExportFlags& flags) {
  const auto protocols = load_protocols(flags.protocols, facts());
  const KnownFacts known(facts(), protocols);
  const auto plan = make_plan(protocols, flags.selection.selection, known.get());
  const Trial& trial = only_trial(plan);
  const auto folders = results_folders(flags.results);
  const auto path = find_kept(folders, trial.id, kSamplesFile);
  if (!path) tell_missing(trial, flags, folders);
  const auto samples = read_samples(read_file(*path), path->string());
  const auto& dataset = known.get().datasets.at(trial.spec.data.dataset);
  check_against(dataset, trial, samples, *path);
  const auto order = most_suspicious_first(samples);
  const auto csv = csv_of(samples, order, {dataset, training_image_names(dataset, flags.data)});
  tell(trial, samples, order.size());
  if (flags.out == "-") {
    std::cout << csv;
  } else {
    write_file_durably(flags.out, csv);
    std::cout << fs::weakly_canonical(flags.out).string() << "\n";
  }
  return ExitCode::done;
}

}  // namespace

Verb export_verb() {
  return {"export", "prepare", "a trial's training samples as CSV, most suspicious labels first",
          "nlbench run --protocol quickstart --row elr --noise 0.4 --seed 1 --keep samples\n"
          "nlbench export samples --protocol quickstart --row elr --noise 0.4 --seed 1 --out suspects.csv",
          [](CLI::App& app) {
            const auto flags = std::make_shared<ExportFlags>();
            app.add_option("what", flags->what, "samples")->required()->check(known_word({"samples"}));
            add_protocol_flags(app, flags->protocols);
            add_selection_flags(app, flags->selection);
            add_results_flags(app, flags->results);
            add_data_flag(app, flags->data);
            app.add_option("--out", flags->out, "file to write; - for standard output")
                ->type_name("FILE|-")
                ->capture_default_str();
            return [flags] { return export_samples(*flags); };
          }};
}

}  // namespace nlb
