// cli/labels.cpp -- nlbench labels make|export|import|inspect: flags, and what the four share.
#include "cli/labels.h"

#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>

#include "cli/desk.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "core/text.h"
#include "datasets/noise_inputs.h"
#include "facts/own_dataset.h"
#include "results/manifest.h"
#include "supervise/standing.h"

namespace nlb {
namespace {

void declare(CLI::App& app, LabelsFlags& flags) {
  const std::vector<std::string> what = {"make", "export", "import", "inspect"};
  app.add_option("what", flags.what, join(what, ", "))->required()->check(known_word(what));
  app.add_option("names", flags.names, "make, export: protocols; import, inspect: label files")->type_name("ID|FILE");
  const auto list = [&](const char* name, std::vector<std::string>& words, const char* help) {
    return app.add_option(name, words, help)->allow_extra_args(false);
  };
  list("--protocol", flags.protocols, "protocol id or file")->type_name("ID|FILE");
  add_protocols_flag(app, flags.protocol_folder);
  add_selection_flags(app, flags.selection);
  add_data_flag(app, flags.data_folder);
  app.add_option("--dataset", flags.dataset, "data set that the labels belong to")->type_name("ID");
  app.add_option("--generator", flags.generator, "make: a noise generator, with --rate, --set and --seed")
      ->type_name("ID");
  app.add_option("--rate", flags.rate, "make: the generator's noise rate")->type_name("RATE");
  list("--set", flags.settings, "make: an option of the generator (repeatable)")->type_name("OPTION=VALUE");
  app.add_option("--labels", flags.array, "import, inspect: which labels of a file that holds several")
      ->type_name("NAME");
  app.add_option("--clean", flags.clean, "inspect: a file of clean labels to compare with")->type_name("FILE");
  app.add_option("--first", flags.first, "import, inspect: the file holds labels of the first N training images only")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  app.add_option("--key", flags.key, "make: write a JSON object with the labels under this key")->type_name("WORD");
  app.add_option("--out", flags.out,
                 "make: file to write (.npy or .json); export: folder; import: name in the data folder")
      ->type_name("PATH");
  add_format_flag(app, flags.format, {"text", "json"});
}

ExitCode labels(const LabelsFlags& flags) {
  static const std::map<std::string, ExitCode (*)(const LabelsFlags&)> parts = {
      {"make", make_labels}, {"export", export_labels}, {"import", import_labels}, {"inspect", inspect_labels}};
  return parts.at(flags.what)(flags);
}

constexpr int64_t kWidestMatrix = 20;

}  // namespace

LabelPlace label_place(const LabelsFlags& flags) {
  Desk desk({.named = flags.protocols, .positional = flags.names, .folder = flags.protocol_folder},
            flags.selection.selection);
  const auto& protocols = desk.protocols();
  if (protocols.size() > 1)
    throw InputError("labels of one protocol at a time; " + std::to_string(protocols.size()) + " are named");
  const Plan& plan = desk.plan();
  if (plan.trials.empty()) {
    throw NothingSelected("no trial there can run" +
                          (plan.not_planned.empty() ? "" : ": " + plan.not_planned.front().reason));
  }
  std::map<std::string, const Trial*> places;
  for (const Trial& trial : plan.trials) places.emplace(canonical_text(conditions_of(trial.spec)), &trial);
  // Rows that read no noisy label share the place of those that do.
  if (std::any_of(places.begin(), places.end(),
                  [](const auto& place) { return place.second->spec.noise.has_value(); })) {
    std::erase_if(places, [](const auto& place) { return !place.second->spec.noise; });
  }
  if (places.size() == 1) return {protocols.front(), *places.begin()->second};
  constexpr size_t kShown = 4;
  std::string text = std::to_string(places.size()) +
                     " different sets of labels match; say which with --noise, --seed, --group or --row:";
  size_t shown = 0;
  for (const auto& [digest, trial] : places) {
    if (shown++ < kShown) text += "\n  " + trial_name(*trial);
  }
  throw InputError(text);
}

TrainingData labelled_data(const LabelPlace& place, const LabelsFlags& flags) {
  const TrialSpec& spec = place.trial.spec;
  const NoiseInputs inputs = load_noise_inputs(spec, facts(), flags.data_folder);
  TrainingData data = make_training_data(
      spec, load_dataset(dataset_facts(spec.data.dataset, place.trial.own_dataset, facts()), flags.data_folder),
      inputs);
  refuse_replaced(data.replaced);
  const auto& index = data.train_index;
  if (std::adjacent_find(index.begin(), index.end(), std::greater_equal<>()) != index.end()) {
    throw InputError("this noise has each image several times, with other labels; one label an image cannot say that");
  }
  return data;
}

void refuse_replaced(const std::vector<ReplacedImage>& replaced) {
  if (replaced.empty()) return;
  throw InputError("this noise replaces " + std::to_string(replaced.size()) +
                   " images by another data set's, which a file of labels cannot say; train it inside nlbench");
}

const DatasetFacts& dataset_facts(const std::string& id) {
  std::vector<std::string> ids;
  for (const auto& [known, set] : facts().datasets) {
    if (known == id && set.status == Status::built) return set;
    if (set.status == Status::built) ids.push_back(known);
  }
  const auto near = nearest(id, ids);
  throw InputError("no data set \"" + id + "\"" + (near ? "; nearest is \"" + *near + "\"" : "") +
                   "; known: " + join(ids, ", "));
}

std::vector<int64_t> training_labels(const DatasetFacts& known, const LabelsFlags& flags) {
  if (flags.first > known.train_images) {
    throw InputError("--first " + std::to_string(flags.first) + ": " + known.id + " has " +
                     std::to_string(known.train_images) + " training images");
  }
  auto labels = load_dataset(known, flags.data_folder).train.labels;
  if (flags.first > 0) labels.resize(static_cast<size_t>(flags.first));
  return labels;
}

std::string matrix_text(const NoiseSummary& noise, const std::vector<std::string>& class_names) {
  if (noise.classes > kWidestMatrix) {
    return "transition matrix: " + std::to_string(noise.classes) +
           " classes, too wide to print; --format json has it\n";
  }
  std::vector<TextRow> rows = {{"clean \\ given"}};
  for (int64_t column = 0; column < noise.classes; ++column) rows.front().push_back(std::to_string(column));
  for (int64_t row = 0; row < noise.classes; ++row) {
    const auto begin = noise.matrix.begin() + row * noise.classes;
    const double total = static_cast<double>(std::accumulate(begin, begin + noise.classes, int64_t{0}));
    rows.push_back({std::to_string(row) + " " + class_names.at(static_cast<size_t>(row))});
    for (int64_t column = 0; column < noise.classes; ++column) {
      const auto count = static_cast<double>(*(begin + column));
      rows.back().push_back(count == 0 ? "." : fixed(100 * count / total, 1));
    }
  }
  return "transition matrix, percent of each clean class:\n" + aligned(rows);
}

void print_summary(const NoiseSummary& noise, const std::vector<std::string>& class_names, const std::string& format) {
  if (format == "json") {
    const Json json = {{"digest", noise.digest},
                       {"requested_rate", noise.requested_rate},
                       {"effective_rate", noise.effective_rate},
                       {"changed", noise.changed},
                       {"count", noise.count},
                       {"classes", noise.classes},
                       {"matrix", noise.matrix}};
    std::cout << json.dump(1) << "\n";
    return;
  }
  if (noise.count == 0) {
    std::cout << "no clean label counts here, so how many labels are wrong is unknown\nlabel digest " << noise.digest
              << "\n";
    return;
  }
  std::cout << noise.count << " labels, " << noise.changed << " of them wrong: " << fixed(100 * noise.effective_rate, 2)
            << " % (requested " << fixed(100 * noise.requested_rate, 2) << " %)\n"
            << "label digest " << noise.digest << "\n"
            << matrix_text(noise, class_names);
}

Verb labels_verb() {
  return {"labels", "prepare", "noisy labels as files: make, export for own training, import, inspect",
          "nlbench labels make cifar10_sym --noise 0.5 --seed 1 --out labels.npy\n"
          "nlbench labels make --dataset mnist --generator pair_flip --rate 0.45 --set count=exact --set stream=philox "
          "--seed 7 --out labels.json\n"
          "nlbench labels export cifar10_sym --noise 0.5 --seed 1 --out exported\n"
          "nlbench labels import CIFAR-10_human.pt --dataset cifar10 --labels worse_label\n"
          "nlbench labels inspect unknown.pt --dataset cifar10",
          [](CLI::App& app) {
            const auto flags = std::make_shared<LabelsFlags>();
            declare(app, *flags);
            return [flags] { return labels(*flags); };
          }};
}

}  // namespace nlb
