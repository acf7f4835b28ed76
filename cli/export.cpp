// cli/export.cpp -- nlbench export: the training samples of one or several trials as CSV, most suspicious first; the
// records of results folders as a flat table.
#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/export_records.h"
#include "cli/kept.h"
#include "cli/suspects.h"
#include "cli/verb.h"
#include "core/durable.h"
#include "core/text.h"
#include "datasets/dataset.h"
#include "reports/judging/separation.h"
#include "results/samples.h"
#include "supervise/standing.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

struct ExportFlags {
  std::string what, data, out = "-", by = "auto", format;
  bool unchecked = false;
  ProtocolFlags protocols;
  SelectionFlags selection;
  std::vector<std::string> results;
};

constexpr size_t kShown = 4;  // trials named in one message

/// All trials asked for.
const Plan& planned(Desk& desk) {
  const auto& plan = desk.plan();
  if (plan.trials.empty()) {
    throw NothingSelected(plan.not_planned.empty() ? "no trial of these protocols can run"
                                                   : "nothing to export: " + plan.not_planned.front().reason);
  }
  return plan;
}

/// Why the trial has no kept samples, and the command that makes them.
[[noreturn]] void tell_missing(const Trial& trial, const ExportFlags& flags, Desk& desk) {
  const auto& folders = desk.results();
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

/// What every trial kept; the trials that kept nothing.
struct Kept {
  std::vector<const Trial*> trials, without;
  std::vector<TrialSamples> samples;
  std::vector<std::string> why;
};

ChosenSuspicion chosen(const KeptSamples& samples, const std::string& by) {
  if (by == "auto") return choose_suspicion(samples);
  if (by == "loss") return {Suspicion::loss, "largest loss"};
  if (!samples.has_score) throw InputError("--by clean_score: the method gives no score of its own; use --by loss");
  return {Suspicion::clean_score, "lowest clean_score"};
}

Kept kept_of(const Plan& plan, const ExportFlags& flags, Desk& desk) {
  Kept kept;
  for (const auto& trial : plan.trials) {
    const auto path = find_kept(desk.results(), trial.id, kSamplesFile);
    if (!path) {
      kept.without.push_back(&trial);
      continue;
    }
    auto samples = read_samples(read_file(*path), path->string());
    check_against(desk.known().datasets.at(trial.spec.data.dataset), trial, samples, *path);
    const auto choice = chosen(samples, flags.by);
    kept.trials.push_back(&trial);
    kept.samples.push_back({trial_name(trial), std::move(samples), choice.by});
    kept.why.push_back(choice.why);
  }
  return kept;
}

/// "cifar10_sym/main ce 0.5 seed 1 (...): by lowest clean_score: ..." for each trial, then what the list holds.
void tell(const Kept& kept, const SuspectList& list) {
  for (size_t i = 0; i < kept.samples.size(); ++i)
    std::cerr << kept.samples[i].name << ": most suspicious first by " << kept.why[i] << "\n";
  if (!kept.without.empty()) {
    std::cerr << kept.without.size() << (kept.without.size() == 1 ? " trial" : " trials")
              << " of this selection kept no samples and took no part: ";
    for (size_t i = 0; i < std::min(kept.without.size(), kShown); ++i)
      std::cerr << (i == 0 ? "" : ", ") << trial_name(*kept.without[i]);
    std::cerr << (kept.without.size() > kShown ? ", ..." : "") << " (nlbench run --keep samples keeps them)\n";
  }
  std::cerr << list.samples << " training samples";
  if (kept.samples.size() > 1) std::cerr << ", by mean rank over " << kept.samples.size() << " trials";
  if (list.first_known > 0)
    std::cerr << "; of the first " << list.first_known << " whose right label is known " << list.first_wrong
              << " are wrong";
  if (list.ranked < list.samples)
    std::cerr << "; the last " << list.samples - list.ranked << " were in no step that rates them and have no rank";
  std::cerr << "\n";
}

/// A list is of one data set.
const DatasetFacts& dataset_of(const Kept& kept, const Facts& known) {
  const auto& id = kept.trials.front()->spec.data.dataset;
  for (const auto* trial : kept.trials) {
    if (trial->spec.data.dataset == id) continue;
    throw InputError(trial_name(*kept.trials.front()) + " is on " + id + ", " + trial_name(*trial) + " on " +
                     trial->spec.data.dataset + "; one list is of one data set: choose with --protocol and --group");
  }
  return known.datasets.at(id);
}

ExitCode put(const std::string& text, const std::string& out) {
  if (out == "-") {
    std::cout << text;
  } else {
    write_file_durably(out, text);
    std::cout << fs::weakly_canonical(out).string() << "\n";
  }
  return ExitCode::done;
}

ExitCode export_samples(const ExportFlags& flags) {
  Desk desk(flags.protocols, flags.selection.selection, flags.results);
  const auto& plan = planned(desk);
  const auto kept = kept_of(plan, flags, desk);
  if (kept.trials.empty()) tell_missing(plan.trials.front(), flags, desk);
  const auto& dataset = dataset_of(kept, desk.known());
  const NamedImages images{dataset, training_image_names(dataset, flags.data)};
  const auto& first = kept.samples.front();
  const auto list = kept.samples.size() == 1 ? suspects_of(first.samples, first.by, images, flags.unchecked)
                                             : consensus_of(kept.samples, images, flags.unchecked);
  if (list.samples == 0)
    throw NothingSelected("the right label of every sample is known, so --unchecked leaves nothing to list");
  tell(kept, list);
  return put(list.csv, flags.out);
}

ExitCode export_table(const ExportFlags& flags) {
  Desk desk(flags.protocols, everything(), flags.results);
  return put(exported_records(desk, flags.format), flags.out);
}

}  // namespace

Verb export_verb() {
  return {"export", "prepare", "training samples by suspicion, or records as a flat table",
          "nlbench run --protocol quickstart --row elr --noise 0.4 --seed 1 --keep samples\n"
          "nlbench export samples --protocol quickstart --row elr --noise 0.4 --seed 1 --out suspects.csv\n"
          "nlbench export samples photos.json --row gce,elr,l2r --unchecked --out suspects.csv\n"
          "nlbench export records --results leaderboard/results --out records.csv",
          [](CLI::App& app) {
            const auto flags = std::make_shared<ExportFlags>();
            app.add_option("what", flags->what, "samples or records")
                ->required()
                ->check(known_word({"samples", "records"}));
            add_protocol_flags(app, flags->protocols);
            add_selection_flags(app, flags->selection);
            add_results_flags(app, flags->results);
            add_data_flag(app, flags->data);
            app.add_option("--by", flags->by,
                           "auto, clean_score or loss; auto: the method's own clean_score, unless the known labels say "
                           "that its loss tells wrong from right ones better")
                ->type_name("WORD")
                ->check(known_word({"auto", "clean_score", "loss"}))
                ->capture_default_str();
            app.add_flag("--unchecked", flags->unchecked, "leave out samples whose right label is known");
            app.add_option("--out", flags->out, "file to write; - for standard output")
                ->type_name("FILE|-")
                ->capture_default_str();
            flags->format = kCsv;
            app.add_option("--format", flags->format, "records: form of the table (docs/results.md)")
                ->type_name("csv|jsonl|columns")
                ->check(known_word({kCsv, kJsonLines, kColumns}))
                ->capture_default_str();
            return [flags] { return flags->what == "samples" ? export_samples(*flags) : export_table(*flags); };
          }};
}

}  // namespace nlb
