#include "datasets/noise_inputs.h"

#include "core/error.h"
#include "datasets/dataset.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const ImageSet> load_foreign(const TrialSpec& spec, const Facts& facts, const fs::path& data_folder) {
  const DatasetFacts& own = facts.datasets.at(spec.data.dataset);
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

NoiseInputs load_noise_inputs(const TrialSpec& spec, const Facts& facts, const fs::path& data_folder) {
  NoiseInputs inputs;
  if (!spec.noise) return inputs;
  if (!foreign_dataset(*spec.noise, facts).empty()) inputs.foreign = load_foreign(spec, facts, data_folder);
  return inputs;
}

}  // namespace nlb
