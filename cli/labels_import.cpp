// cli/labels_import.cpp -- nlbench labels import: checks a label file against its data set, puts it into the data
// folder, and prints the pin that a protocol's setting takes.
#include <iostream>

#include "cli/labels.h"
#include "core/durable.h"
#include "core/text.h"
#include "datasets/label_order.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

const LabelArray& chosen(const LabelFile& file, const LabelsFlags& flags) {
  if (!flags.array.empty()) return file.array(flags.array);
  if (file.arrays.size() == 1) return file.arrays.front();
  std::vector<std::string> names;
  for (const LabelArray& array : file.arrays) names.push_back(array.name);
  throw InputError(file.path + ": holds several labels; say which with --labels: " + join(names, ", "));
}

/// Where the file goes, relative to the data folder.
std::string target_of(const LabelFile& file, const LabelsFlags& flags) {
  const fs::path name = flags.out.empty() ? fs::path("labels") / fs::path(file.path).filename() : fs::path(flags.out);
  const fs::path plain = name.lexically_normal();
  if (plain.is_absolute() || plain.empty() || *plain.begin() == "..") {
    throw InputError("--out " + flags.out + ": a name inside the data folder, such as labels/mine.npy");
  }
  return plain.generic_string();
}

void store(const LabelFile& file, const fs::path& target) {
  const std::string bytes = read_file(file.path);
  if (fs::exists(target)) {
    if (read_file(target) == bytes) return;
    throw InputError(target.string() + ": another file of that name is there already; name this one with --out");
  }
  write_file_durably(target, bytes);
}

/// The part of a protocol's setting that draws these labels.
Json pin_of(const LabelFile& file, const std::string& target, const LabelArray& array, const NoiseSummary& noise) {
  Json options = {{"file", target}, {"digest", file.digest}};
  if (file.arrays.size() > 1) options["labels"] = array.name;
  return {{"generator", "label_file"}, {"rate", noise.effective_rate}, {"options", options}, {"source", "own"}};
}

/// Labels of another order or numbering are never kept; what can be meant is told.
void check_fit(const LabelFile& file, const LabelArray& array, const SetLabels& set) {
  const LabelFit fit = fit_of(file, array, set);
  const std::string place = file.path + (file.arrays.size() > 1 ? ": \"" + array.name + "\"" : "");
  if (!array.note.empty()) std::cerr << "note: " << place << ": stored as " << array.note << "\n";
  for (const std::string& remark : fit.remarks) std::cerr << "warning: " << place << ": " << remark << "\n";
  Problems problems;
  for (const std::string& refusal : fit.refusals) problems.add(place, refusal);
  problems.throw_if_any();
}

}  // namespace

ExitCode import_labels(const LabelsFlags& flags) {
  if (flags.names.size() != 1) throw InputError("labels import takes one label file");
  if (flags.dataset.empty())
    throw InputError("labels import needs --dataset, whose training images the labels belong to");
  const LabelFile file = read_label_file(flags.names.front());
  const LabelArray& array = chosen(file, flags);
  const DatasetFacts& known = dataset_facts(flags.dataset);
  const std::vector<int64_t> clean = training_labels(known, flags);
  check_labels(array.labels, std::ssize(clean), known.classes, file.path);
  check_fit(file, array, {.id = known.id, .clean = clean, .classes = known.classes});
  const NoiseSummary noise = summarise_noise(clean, array.labels, known.classes, 0);
  const std::string target = target_of(file, flags);
  store(file, fs::path(flags.data_folder) / target);
  std::cerr << file.path << ": " << file.kind << ", " << array.name << ": " << noise.changed << " of " << noise.count
            << " labels differ from those of " << known.id << "; kept as "
            << (fs::path(flags.data_folder) / target).string() << "\na setting's noise in a protocol:\n";
  std::cout << pin_of(file, target, array, noise).dump(1) << "\n";
  return ExitCode::done;
}

}  // namespace nlb
