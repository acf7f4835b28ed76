#include <algorithm>

#include "analyses/analysis.h"
#include "core/error.h"

namespace nlb {

const std::vector<Analysis>& analyses() {
  static const std::vector<Analysis> rows = {
      {.id = "model", .reads_images = false, .write = write_model},
      {.id = "samples", .reads_images = false, .write = write_samples_file},
      {.id = "labels", .reads_images = true, .write = write_labels},
  };
  return rows;
}

const Analysis& analysis_of(const std::string& id) {
  const auto found =
      std::find_if(analyses().begin(), analyses().end(), [&](const Analysis& row) { return row.id == id; });
  if (found == analyses().end()) throw InputError("--keep " + id + ": this worker has no such analysis");
  return *found;
}

}  // namespace nlb
