#include "datasets/noise_inputs.h"

#include <algorithm>
#include <cmath>

#include "core/durable.h"
#include "core/error.h"
#include "core/sha256.h"
#include "datasets/dataset.h"
#include "datasets/known_labels.h"
#include "datasets/label_file.h"
#include "datasets/label_order.h"
#include "facts/generator_traits.h"
#include "formats/npy.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

/// A file that a generator's options name, below the data folder.
struct NamedFile {
  std::string name, digest, labels;
};

NamedFile named_file(const NoiseSpec& noise) {
  NamedFile file{.name = noise.options.value("file", ""),
                 .digest = noise.options.value("digest", ""),
                 .labels = noise.options.value("labels", "")};
  const fs::path path(file.name);
  bool leaves = path.is_absolute();
  for (const auto& part : path) leaves = leaves || part == "..";
  if (file.name.empty() || leaves) {
    throw InputError("noise " + noise.generator + ": file \"" + file.name + "\" is not a path below the data folder");
  }
  return file;
}

const GeneratorTraits& traits_of(const NoiseSpec& noise) { return generator_traits(noise.generator); }

bool reads_matrix(const NoiseSpec& noise) { return traits_of(noise).reads == "matrix"; }

void require_digest(const fs::path& path, const std::string& found, const std::string& expected) {
  if (found == expected) return;
  throw InputError(path.string() + ": SHA-256 " + found + "; the trial's noise is pinned to " + expected);
}

const LabelArray& named_array(const LabelFile& file, const NamedFile& named) {
  if (!named.labels.empty()) return file.array(named.labels);
  if (file.arrays.size() == 1) return file.arrays.front();
  std::string names;
  for (const LabelArray& array : file.arrays) names += (names.empty() ? "" : ", ") + array.name;
  throw InputError(file.path + ": holds several labels (" + names + "); option \"labels\" says which");
}

LabelFile pinned_file(const NoiseSpec& noise, const fs::path& data_folder) {
  const NamedFile named = named_file(noise);
  LabelFile file = read_label_file(data_folder / named.name);
  require_digest(data_folder / named.name, file.digest, named.digest);
  return file;
}

/// A file for another order of images trains to chance without a word; its own clean labels give it away. Those of an
/// official set are known by their digest, so that its images are read only where something is wrong.
void check_own_clean(const LabelFile& file, const LabelArray& array, const TrialSpec& spec, const Facts& facts,
                     const fs::path& data_folder) {
  const LabelArray* clean = own_clean_of(file, array.name);
  const auto known = facts.datasets.find(spec.data.dataset);
  if (clean == nullptr || known == facts.datasets.end()) return;
  if (is_clean_of(label_digest(clean->labels, known->second.classes), known->first)) return;
  const std::vector<int64_t> labels = load_dataset(known->second, data_folder).train.labels;
  const SetLabels set{.id = known->first, .clean = labels, .classes = known->second.classes};
  const LabelFit fit = fit_of_clean(clean->labels, set, "the file's own " + clean->name);
  if (!fit.refusals.empty()) throw InputError(file.path + ": " + fit.refusals.front());
}

std::vector<std::vector<double>> load_matrix(const NamedFile& named, const fs::path& path) {
  const std::string bytes = read_file(path);
  require_digest(path, hex(sha256(bytes)), named.digest);
  const NpyArray array = parse_npy(bytes, path.string());
  if (array.type.kind != ElementType::Kind::real || array.shape.size() != 2 || array.shape[0] != array.shape[1]) {
    throw InputError(path.string() + ": " + array.type.name + " " + shape_text(array.shape) +
                     "; a square matrix of floats is required");
  }
  const std::vector<double> entries = reals_of(array.data, array.type);
  const auto size = static_cast<size_t>(array.shape[0]);
  std::vector<std::vector<double>> rows;
  for (size_t row = 0; row < size; ++row) {
    const auto begin = entries.begin() + static_cast<std::ptrdiff_t>(row * size);
    rows.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(size));
    for (const double entry : rows.back()) {
      if (entry >= 0 && std::isfinite(entry)) continue;
      const char* what = std::isnan(entry) ? "NaN" : entry < 0 ? "a negative entry" : "an infinite entry";
      throw InputError(path.string() + ": row " + std::to_string(row) + " has " + what +
                       "; entries are shares, 0 or more");
    }
  }
  return rows;
}

std::shared_ptr<const ImageSet> load_foreign(const TrialSpec& spec, const Facts& facts, const fs::path& data_folder) {
  const auto known = facts.datasets.find(spec.data.dataset);
  if (known == facts.datasets.end()) {
    throw InputError("noise " + spec.noise->generator + ": not defined on own data sets");
  }
  const DatasetFacts& own = known->second;
  const DatasetFacts& other = facts.datasets.at(foreign_dataset(*spec.noise, facts));
  if (other.image != own.image) {
    throw InputError("noise " + spec.noise->generator + ": images of " + other.id + " and " + own.id +
                     " differ in size");
  }
  return std::make_shared<const ImageSet>(load_dataset(other, data_folder).train);
}

/// Trusted images of another data set show the same classes under the same numbers.
std::shared_ptr<const ImageSet> load_trusted(const TrialSpec& spec, const Facts& facts, const fs::path& data_folder) {
  const auto own = facts.datasets.find(spec.data.dataset), other = facts.datasets.find(*spec.trusted->dataset);
  if (own == facts.datasets.end() || other == facts.datasets.end()) {
    throw InputError("trial: /trusted/dataset: \"" + *spec.trusted->dataset +
                     "\" and the data set itself must be official ones");
  }
  if (other->second.image != own->second.image || other->second.class_names != own->second.class_names) {
    throw InputError("trial: /trusted/dataset: images of " + other->first + " and " + own->first +
                     " differ in size or classes");
  }
  return std::make_shared<const ImageSet>(load_dataset(other->second, data_folder).train);
}

}  // namespace

std::string foreign_dataset(const NoiseSpec& noise, const Facts& facts) {
  const std::string& option = traits_of(noise).images_from;
  if (option.empty()) return "";
  const std::string source = noise.options.value(option, "");
  if (!facts.datasets.contains(source)) {
    throw InputError("noise " + noise.generator + ": no data set \"" + source + "\" (nlbench list datasets)");
  }
  return source;
}

bool is_drawn(const NoiseSpec& noise) { return traits_of(noise).drawn; }

bool takes_set_labels(const NoiseSpec& noise) { return traits_of(noise).labels_of_set; }

bool corrects_labels(const NoiseSpec& noise) {
  const std::string& option = traits_of(noise).corrects_by;
  return !option.empty() && noise.options.value(option, false);
}

bool reads_label_file(const NoiseSpec& noise) { return traits_of(noise).reads == "labels"; }

std::optional<PinnedLabels> load_label_file(const NoiseSpec& noise, const fs::path& data_folder) {
  if (!reads_label_file(noise) || !fs::exists(data_folder / named_file(noise).name)) return std::nullopt;
  PinnedLabels pinned{.file = pinned_file(noise, data_folder), .array = ""};
  pinned.array = named_array(pinned.file, named_file(noise)).name;
  return pinned;
}

bool draws_from_labels_alone(const NoiseSpec& noise) {
  const GeneratorTraits& traits = traits_of(noise);
  return traits.reads.empty() && !traits.labels_of_set && !traits.looks_at_images && traits.images_from.empty() &&
         traits.copies_by.empty();
}

std::string missing_noise_file(const NoiseSpec& noise, const fs::path& data_folder) {
  if (!reads_label_file(noise) && !reads_matrix(noise)) return "";
  const NamedFile named = named_file(noise);
  const fs::path path = data_folder / named.name;
  if (!fs::exists(path)) {
    return path.string() + ": not there (SHA-256 " + named.digest +
           "); the source of the protocol's noise says where it comes from";
  }
  require_digest(path, hex(sha256(read_file(path))), named.digest);
  return "";
}

NoiseInputs load_noise_inputs(const TrialSpec& spec, const Facts& facts, const fs::path& data_folder) {
  NoiseInputs inputs;
  if (spec.trusted && spec.trusted->dataset) inputs.trusted = load_trusted(spec, facts, data_folder);
  if (!spec.noise) return inputs;
  if (!foreign_dataset(*spec.noise, facts).empty()) inputs.foreign = load_foreign(spec, facts, data_folder);
  if (!reads_label_file(*spec.noise) && !reads_matrix(*spec.noise)) return inputs;
  if (const std::string missing = missing_noise_file(*spec.noise, data_folder); !missing.empty()) {
    throw MissingData(missing);
  }
  const NamedFile named = named_file(*spec.noise);
  if (reads_label_file(*spec.noise)) {
    const LabelFile file = pinned_file(*spec.noise, data_folder);
    const LabelArray& array = named_array(file, named);
    check_own_clean(file, array, spec, facts, data_folder);
    inputs.labels = array.labels;
  } else {
    inputs.matrix = load_matrix(named, data_folder / named.name);
  }
  return inputs;
}

}  // namespace nlb
