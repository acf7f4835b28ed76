#include "results/kept_files.h"

#include <algorithm>

#include "core/error.h"
#include "results/samples.h"

namespace nlb {

const std::vector<KeptFile>& kept_files() {
  static const std::vector<KeptFile> files = {
      {.id = "model", .file = "model.safetensors", .words = "the final weights"},
      {.id = "samples", .file = kSamplesFile, .words = "every training sample, for nlbench export"},
      {.id = "labels",
       .file = "labels.json",
       .words = "the classes that the final network gives to all training images"},
  };
  return files;
}

std::vector<std::string> kept_ids() {
  std::vector<std::string> ids;
  for (const KeptFile& kept : kept_files()) ids.push_back(kept.id);
  return ids;
}

const KeptFile& kept_file(const std::string& id) {
  const auto found =
      std::find_if(kept_files().begin(), kept_files().end(), [&](const KeptFile& kept) { return kept.id == id; });
  NLB_CHECK(found != kept_files().end(), "no file is kept under the id " + id);
  return *found;
}

}  // namespace nlb
