// cli/labels_export.cpp -- nlbench labels export: everything that training outside nlbench on the same labels needs.
#include <iostream>

#include "cli/follow_up.h"
#include "cli/labels.h"
#include "core/durable.h"
#include "formats/npy.h"
#include "results/manifest.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOrder =
    "row i of labels.npy is training image i of the data set's official order; row i of predictions.npy is the test"
    " image at row i of test_index.npy; -1: no label";

Manifest manifest_of(const LabelPlace& place, const TrainingData& data, const ExportedArrays& arrays) {
  const TrialUse& use = place.trial.uses.front();
  Manifest manifest;
  manifest.protocol = use.protocol;
  manifest.group = use.group;
  manifest.setting = use.setting;
  manifest.seed = use.seed;
  manifest.conditions = conditions_of(place.trial.spec);
  manifest.digests = digests_of(arrays);
  manifest.order = kOrder;
  manifest.class_names = data.dataset.class_names;
  const Json spec = to_json(place.trial.spec);
  manifest.usual = {{"net", spec.at("net")}, {"recipe", spec.at("recipe")}};
  return manifest;
}

/// A manifest that somebody filled in is not written over.
void keep_filled(const fs::path& file) {
  if (!fs::exists(file)) return;
  const Json there = Json::parse(read_file(file), nullptr, false);
  if (there.is_object() && there.value("method", Json()) == "") return;
  throw InputError(file.string() + ": filled in already, or of another kind; export to another folder");
}

/// `import` finds the protocol by its id in the manifest, unless it is a file on no shelf.
std::string import_command(const fs::path& folder, const LabelsFlags& flags) {
  std::vector<std::string> words = {"import", "predictions", folder.string()};
  for (const auto* list : {&flags.protocols, &flags.names}) {
    for (const auto& named : *list) {
      if (fs::is_regular_file(named)) words.insert(words.end(), {"--protocol", named});
    }
  }
  return follow_up(words, {.results = {}, .data = flags.data_folder, .protocols = flags.protocol_folder});
}

void tell(const ExportedArrays& arrays, const fs::path& folder, const LabelsFlags& flags) {
  std::cout << fs::weakly_canonical(folder).string() << ": " << arrays.train_index.size() << " images to train on, "
            << arrays.trusted_index.size() << " of them trusted, " << arrays.val_index.size() << " held out, "
            << arrays.test_index.size() << " test images to predict\n";
  std::cerr << "train on labels.npy at the rows of train_index.npy, write " << kPredictionsFile << " beside "
            << kManifestFile << ", fill in its empty fields, then: " << import_command(folder, flags) << "\n";
}

}  // namespace

ExitCode export_labels(const LabelsFlags& flags) {
  if (flags.out.empty()) throw InputError("labels export needs --out DIR");
  const LabelPlace place = label_place(flags);
  const TrainingData data = labelled_data(place, flags);
  const ExportedArrays arrays = exported_arrays(data);
  const fs::path folder = flags.out;
  keep_filled(folder / kManifestFile);
  for (const auto& [name, values] : arrays.named()) write_file_durably(folder / (name + ".npy"), npy_of(*values));
  write_file_durably(folder / kManifestFile, write_manifest(manifest_of(place, data, arrays)));
  tell(arrays, folder, flags);
  return ExitCode::done;
}

}  // namespace nlb
