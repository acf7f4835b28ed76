// cli/labels_inspect.cpp -- nlbench labels inspect: says what label files of unknown origin are, or what is wrong with
// them. Runs nothing of them.
#include <algorithm>
#include <iostream>
#include <map>

#include "cli/desk.h"
#include "cli/labels.h"
#include "cli/own_files.h"
#include "core/text.h"
#include "datasets/known_labels.h"
#include "datasets/label_order.h"
#include "datasets/noise_inputs.h"

namespace nlb {
namespace {

/// What labels are compared with.
struct Clean {
  std::string words;  ///< "the training labels of cifar10"
  std::vector<int64_t> labels;
  int64_t classes = 0;
  std::vector<std::string> class_names;
};

/// One array, and all that could be said of it.
struct Finding {
  std::optional<Clean> clean;  ///< what it was compared with
  std::string name;
  int64_t count = 0, lowest = 0, highest = 0, distinct = 0;
  std::string digest;
  std::vector<std::string> remarks;
  std::vector<std::string> wrong;  ///< why these are not labels of the set's images: exit 2
  std::optional<NoiseSummary> against_clean;
};

/// More would make a matrix that nobody reads and no memory holds.
constexpr int64_t kMostClasses = 2000;

int64_t classes_of(const std::vector<int64_t>& labels) {
  const auto highest = std::max_element(labels.begin(), labels.end());
  return highest == labels.end() ? 0 : *highest + 1;
}

std::vector<std::string> numbers(int64_t classes) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < classes; ++i) names.push_back(std::to_string(i));
  return names;
}

/// Clean labels that no data set vouches for; nothing where they are no classes.
std::optional<Clean> unnamed_clean(const std::string& words, const std::vector<int64_t>& labels) {
  const int64_t classes = classes_of(labels);
  const bool negative = std::any_of(labels.begin(), labels.end(), [](int64_t label) { return label < 0; });
  if (negative || classes < 1 || classes > kMostClasses) return std::nullopt;
  return Clean{words, labels, classes, numbers(classes)};
}

/// The clean labels that the user names; nothing where none are.
std::optional<Clean> named_clean(const LabelsFlags& flags) {
  if (!flags.dataset.empty()) {
    const DatasetFacts& known = dataset_facts(flags.dataset);
    const std::string which = flags.first > 0 ? "the first " + std::to_string(flags.first) + " training labels of "
                                              : "the training labels of ";
    return Clean{which + known.id, training_labels(known, flags), known.classes, known.class_names};
  }
  if (flags.clean.empty()) return std::nullopt;
  auto clean = unnamed_clean(flags.clean, read_label_file(flags.clean).arrays.front().labels);
  if (!clean) {
    throw InputError(flags.clean + ": no clean labels: they are not all in [0, " + std::to_string(kMostClasses) + ")");
  }
  return clean;
}

/// The clean labels that a file of human labels has beside the given ones.
std::optional<Clean> own_clean(const LabelFile& file, const std::string& name) {
  const LabelArray* clean = own_clean_of(file, name);
  return clean == nullptr ? std::nullopt : unnamed_clean("its own " + clean->name, clean->labels);
}

/// Data sets that are as large and have that many classes.
std::string candidates(const Finding& finding) {
  std::vector<std::string> ids;
  for (const auto& [id, set] : facts().datasets) {
    if (set.status == Status::built && set.train_images == finding.count && finding.highest < set.classes)
      ids.push_back(id);
  }
  if (ids.empty()) {
    return "no data set that is built has " + std::to_string(finding.count) +
           " training images; labels of the first ones"
           " of a larger set are compared with --dataset ID --first " +
           std::to_string(finding.count);
  }
  return "as many as the training images of " + join(ids, ", ") + "; --dataset " + ids.front() +
         " compares with its labels";
}

/// Draws label files again by what a protocol says, each once: many protocols share settings.
class Redraw {
 public:
  explicit Redraw(const Clean& clean) : clean_(clean) {}

  /// "" where the labels are not drawn on the whole training set from its labels alone, or not with this seed.
  const std::string& digest_of(const NoiseSpec& noise, uint64_t seed) {
    const std::string key = noise.generator + shortest(noise.rate) + noise.options.dump() + std::to_string(seed);
    const auto [found, fresh] = digests_.try_emplace(key);
    if (!fresh || !draws_from_labels_alone(noise)) return found->second;
    try {
      found->second = label_digest(make_noisy_labels(noise, clean_.labels, clean_.classes, seed), clean_.classes);
    } catch (const InputError&) {
      found->second.clear();
    }
    return found->second;
  }

 private:
  const Clean& clean_;
  std::map<std::string, std::string> digests_;
};

/// What a protocol calls these labels of the file: nothing where it holds no others.
std::string pinned_name(const Finding& finding, const LabelFile& file) {
  return file.arrays.size() > 1 ? finding.name : "";
}

/// Settings of shipped or named protocols that draw exactly these labels over the whole training set.
std::vector<std::string> drawing_settings(const Finding& finding, const LabelFile& file, const Clean& clean,
                                          const LabelsFlags& flags, Desk& desk) {
  Redraw redraw(clean);
  std::vector<std::string> equal;
  const auto look = [&](const Protocol& protocol, const Group& group, const Setting& setting) {
    if (setting.noise.options.value("digest", "") == file.digest &&
        setting.noise.options.value("labels", "") == pinned_name(finding, file)) {
      equal.push_back(protocol.id + "/" + group.id + " " + setting.name + ", which reads this file");
    }
    for (const SeedEntry& seed : protocol.seeds) {
      const auto frozen = setting.frozen.find("noise");
      const uint64_t noise_seed = frozen == setting.frozen.end() ? seed.noise : frozen->second;
      if (redraw.digest_of(setting.noise, noise_seed) != finding.digest) continue;
      equal.push_back(protocol.id + "/" + group.id + " " + setting.name + " seed " + seed.name);
    }
  };
  for (const Protocol& protocol : desk.readable()) {
    for (const Group& group : protocol.groups) {
      if (flags.first > 0 || group.data.dataset != flags.dataset || group.data.train_subset) continue;
      for (const Setting& setting : group.settings) look(protocol, group, setting);
    }
  }
  return equal;
}

void compare(Finding& finding, const LabelFile& file, const Clean& clean, const LabelsFlags& flags, Desk& desk,
             const std::string& place) {
  const auto& labels = file.array(finding.name).labels;
  check_labels(labels, std::ssize(clean.labels), clean.classes, place);
  finding.against_clean = summarise_noise(clean.labels, labels, clean.classes, 0);
  if (!flags.dataset.empty()) {
    const SetLabels set{.id = flags.dataset, .clean = clean.labels, .classes = clean.classes};
    LabelFit fit = fit_of(file, file.array(finding.name), set);
    std::move(fit.remarks.begin(), fit.remarks.end(), std::back_inserter(finding.remarks));
    finding.wrong = std::move(fit.refusals);
  }
  if (finding.against_clean->changed == 0) {
    finding.remarks.push_back("equals " + clean.words);
  } else if (!flags.dataset.empty()) {
    constexpr size_t kShown = 3;
    const auto equal = drawing_settings(finding, file, clean, flags, desk);
    for (size_t i = 0; i < std::min(equal.size(), kShown); ++i)
      finding.remarks.push_back("equals the labels of " + equal[i]);
    if (equal.size() > kShown)
      finding.remarks.push_back("and of " + std::to_string(equal.size() - kShown) + " more places");
  }
}

Finding look_at(const LabelArray& array, const LabelFile& file, const std::optional<Clean>& named,
                const LabelsFlags& flags, Desk& desk, const std::string& place) {
  Finding finding;
  finding.clean = named ? named : own_clean(file, array.name);
  const auto& clean = finding.clean;
  finding.name = array.name;
  finding.count = std::ssize(array.labels);
  if (!array.note.empty()) finding.remarks.push_back("stored as " + array.note);
  if (array.labels.empty()) throw InputError(place + ": no labels");
  auto sorted = array.labels;
  std::sort(sorted.begin(), sorted.end());
  finding.lowest = sorted.front();
  finding.highest = sorted.back();
  finding.distinct = std::unique(sorted.begin(), sorted.end()) - sorted.begin();
  finding.digest = label_digest(array.labels, clean ? clean->classes : finding.highest + 1);
  if (const auto words = known_labels_words(finding.digest); !words.empty())
    finding.remarks.push_back("known: " + words);
  if (finding.lowest < 0) finding.remarks.emplace_back("negative labels: no classes");
  if (clean) {
    compare(finding, file, *clean, flags, desk, place);
  } else {
    finding.remarks.push_back(candidates(finding));
  }
  return finding;
}

void print_text(const LabelFile& file, const std::vector<Finding>& findings) {
  std::cout << file.path << ": " << file.kind << "\n  SHA-256 " << file.digest << "\n";
  for (const Finding& finding : findings) {
    std::cout << "  " << finding.name << ": " << finding.count << " labels from " << finding.lowest << " to "
              << finding.highest << ", " << finding.distinct << " different; label digest " << finding.digest << "\n";
    for (const std::string& remark : finding.remarks) std::cout << "    " << remark << "\n";
    if (!finding.against_clean || finding.against_clean->changed == 0) continue;
    std::cout << "    against " << finding.clean->words << ": " << finding.against_clean->changed << " wrong, "
              << fixed(100 * finding.against_clean->effective_rate, 2) << " %\n";
    for (const std::string& line : split(matrix_text(*finding.against_clean, finding.clean->class_names), '\n')) {
      if (!line.empty()) std::cout << "    " << line << "\n";
    }
  }
  for (const std::string& other : file.others) std::cout << "  not labels: " << other << "\n";
}

Json json_of(const Finding& finding) {
  Json json = {{"name", finding.name},       {"count", finding.count},      {"lowest", finding.lowest},
               {"highest", finding.highest}, {"digest", finding.digest},    {"distinct", finding.distinct},
               {"remarks", finding.remarks}, {"wrong_order", finding.wrong}};
  if (!finding.against_clean) return json;
  json["wrong"] = finding.against_clean->changed;
  json["rate"] = finding.against_clean->effective_rate;
  json["matrix"] = finding.against_clean->matrix;
  json["classes"] = finding.against_clean->classes;
  return json;
}

/// Adds to `problems` what is wrong with single arrays; the others are still told.
void inspect_file(const std::string& path, const LabelsFlags& flags, Desk& desk, Json& all,
                  std::vector<std::string>& problems) {
  const LabelFile file = read_label_file(path);
  if (!flags.array.empty()) file.array(flags.array);  // one that is not there is told before the others
  const auto named = named_clean(flags);
  std::vector<Finding> findings;
  for (const LabelArray& array : file.arrays) {
    if (!flags.array.empty() && array.name != flags.array) continue;
    const std::string place = path + (array.name == "labels" ? "" : ": \"" + array.name + "\"");
    try {
      findings.push_back(look_at(array, file, named, flags, desk, place));
      for (const std::string& wrong : findings.back().wrong) problems.push_back(place + ": " + wrong);
    } catch (const InputError& error) {
      problems.emplace_back(error.what());
    }
  }
  if (flags.format == "text") return print_text(file, findings);
  Json json = {
      {"file", path}, {"kind", file.kind}, {"sha256", file.digest}, {"others", file.others}, {"arrays", Json::array()}};
  for (const Finding& finding : findings) json["arrays"].push_back(json_of(finding));
  all.push_back(std::move(json));
}

/// A user's own labels.
void inspect_table(const std::string& path, const LabelsFlags& flags, Desk& desk, Json& all) {
  const auto labels = inspect_own_labels(path, desk.readable());
  if (flags.format == "json") return all.push_back(json_of(labels));
  for (const auto& line : lines_of(labels)) std::cout << line << "\n";
}

}  // namespace

ExitCode inspect_labels(const LabelsFlags& flags) {
  if (flags.names.empty()) throw InputError("labels inspect needs a label file");
  Desk desk({.named = {}, .positional = {}, .folder = flags.protocol_folder});
  Json all = Json::array();
  std::vector<std::string> problems;
  for (const std::string& path : flags.names) {
    try {
      is_label_table(path) ? inspect_table(path, flags, desk, all) : inspect_file(path, flags, desk, all, problems);
    } catch (const InputError& error) {
      problems.emplace_back(error.what());
    }
  }
  if (flags.format == "json") std::cout << all.dump(1) << "\n";
  if (!problems.empty()) throw InputError(join(problems, "\n"));
  return ExitCode::done;
}

}  // namespace nlb
