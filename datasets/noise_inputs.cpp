#include "datasets/noise_inputs.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/durable.h"
#include "core/error.h"
#include "core/sha256.h"
#include "datasets/dataset.h"
#include "datasets/label_file.h"
#include "datasets/npy.h"

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
    throw InputError("noise " + noise.generator + ": file \"" + file.name + "\" is no path below the data folder");
  }
  return file;
}

bool reads_labels(const NoiseSpec& noise) {
  return noise.generator == "label_file" || noise.generator == "label_file_matrix";
}
bool reads_matrix(const NoiseSpec& noise) { return noise.generator == "confusion_rows"; }

void require_digest(const fs::path& path, const std::string& found, const std::string& expected) {
  if (found == expected) return;
  throw InputError(path.string() + ": SHA-256 " + found + "; the trial's noise is pinned to " + expected);
}

std::vector<int64_t> load_labels(const NamedFile& named, const fs::path& path) {
  const LabelFile file = read_label_file(path);
  require_digest(path, file.digest, named.digest);
  if (!named.labels.empty()) return file.array(named.labels).labels;
  if (file.arrays.size() == 1) return file.arrays.front().labels;
  std::string names;
  for (const LabelArray& array : file.arrays) names += (names.empty() ? "" : ", ") + array.name;
  throw InputError(path.string() + ": holds several labels (" + names + "); option \"labels\" says which");
}

std::vector<std::vector<double>> load_matrix(const NamedFile& named, const fs::path& path) {
  const std::string bytes = read_file(path);
  require_digest(path, hex(sha256(bytes)), named.digest);
  const NpyArray array = parse_npy(bytes, path.string());
  if (array.type.is_integer() || array.shape.size() != 2 || array.shape[0] != array.shape[1]) {
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
      if (!(entry >= 0)) throw InputError(path.string() + ": row " + std::to_string(row) + " has a negative entry");
    }
  }
  return rows;
}

std::shared_ptr<const ImageSet> load_foreign(const TrialSpec& spec, const Facts& facts, const fs::path& data_folder) {
  const auto known = facts.datasets.find(spec.data.dataset);
  if (known == facts.datasets.end()) throw InputError("noise open_set: not defined on own data sets");
  const DatasetFacts& own = known->second;
  const DatasetFacts& other = facts.datasets.at(foreign_dataset(*spec.noise, facts));
  if (other.image != own.image) {
    throw InputError("noise open_set: images of " + other.id + " and " + own.id + " differ in size");
  }
  return std::make_shared<const ImageSet>(load_dataset(other, data_folder).train);
}

}  // namespace

std::string foreign_dataset(const NoiseSpec& noise, const Facts& facts) {
  if (noise.generator != "open_set") return "";
  const std::string source = noise.options.value("source", "");
  if (!facts.datasets.contains(source)) {
    throw InputError("noise open_set: no data set \"" + source + "\" (nlbench list datasets)");
  }
  return source;
}

bool is_drawn(const NoiseSpec& noise) { return noise.generator != "label_file" && noise.generator != "own_labels"; }

bool corrects_labels(const NoiseSpec& noise) {
  return noise.generator == "own_labels" && noise.options.value("corrected", false);
}

bool draws_from_labels_alone(const NoiseSpec& noise) {
  constexpr std::array<std::string_view, 7> kNeedMore = {"confusion_rows",    "instance_dependent", "label_file",
                                                         "label_file_matrix", "noisy_copies",       "open_set",
                                                         "own_labels"};
  return std::find(kNeedMore.begin(), kNeedMore.end(), noise.generator) == kNeedMore.end();
}

std::string missing_noise_file(const NoiseSpec& noise, const fs::path& data_folder) {
  if (!reads_labels(noise) && !reads_matrix(noise)) return "";
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
  if (!spec.noise) return inputs;
  if (!foreign_dataset(*spec.noise, facts).empty()) inputs.foreign = load_foreign(spec, facts, data_folder);
  if (!reads_labels(*spec.noise) && !reads_matrix(*spec.noise)) return inputs;
  if (const std::string missing = missing_noise_file(*spec.noise, data_folder); !missing.empty()) {
    throw MissingData(missing);
  }
  const NamedFile named = named_file(*spec.noise);
  if (reads_labels(*spec.noise)) {
    inputs.labels = load_labels(named, data_folder / named.name);
  } else {
    inputs.matrix = load_matrix(named, data_folder / named.name);
  }
  return inputs;
}

}  // namespace nlb
