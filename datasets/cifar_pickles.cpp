#include "datasets/cifar_pickles.h"

#include <vector>

#include "core/error.h"
#include "datasets/pickled_batch.h"

namespace nlb {

std::string cifar_records_of(std::string_view pickle, const std::string& place, bool coarse, int64_t image_bytes) {
  const PickledBatch batch(pickle, place);
  std::vector<std::vector<int64_t>> labels;
  if (coarse) labels.push_back(batch.labels("coarse_labels", 0, UINT8_MAX));
  labels.push_back(batch.labels(coarse ? "fine_labels" : "labels", 0, UINT8_MAX));
  const std::string images = batch.images(image_bytes);
  const auto row = static_cast<size_t>(image_bytes);
  const size_t count = images.size() / row;
  std::string records;
  records.reserve(images.size() + count * labels.size());
  for (const auto& each : labels) {
    if (each.size() == count) continue;
    throw InputError(place + ": " + std::to_string(each.size()) + " labels for " + std::to_string(count) + " images");
  }
  for (size_t i = 0; i < count; ++i) {
    for (const auto& each : labels) records += static_cast<char>(each[i]);
    records.append(images, i * row, row);
  }
  return records;
}

}  // namespace nlb
