#include "datasets/imagenet_batches.h"

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "datasets/pickled_batch.h"
#include "formats/npy.h"
#include "formats/zip_index.h"

namespace nlb {
namespace {

constexpr std::string_view kZip = "PK";

/// The numpy array that an .npz holds under a name.
class NpzBatch {
 public:
  NpzBatch(std::string_view bytes, const std::string& place)
      : bytes_(bytes), place_(place), members_(zip_index(bytes, place)) {}

  std::string inside(const std::string& key) const { return place_ + ": \"" + key + "\""; }

  NpyArray array(const std::string& key) const {
    const auto member = std::find_if(members_.begin(), members_.end(),
                                     [&](const ZipMember& each) { return each.name == key + ".npy"; });
    if (member == members_.end()) throw InputError(inside(key) + ": no such array");
    if (!member->compressed) return parse_npy(bytes_.substr(member->offset, member->bytes), inside(key));
    const std::string name = std::filesystem::path(place_).filename().string();
    throw InputError(inside(key) +
                     ": it is compressed, and images are read where they lie; write the file once more"
                     " without compression: python3 -c \"import numpy; a = dict(numpy.load('" +
                     name + "')); numpy.savez('" + name + "', **a)\"");
  }

 private:
  std::string_view bytes_;
  const std::string& place_;
  std::vector<ZipMember> members_;
};

struct Found {
  std::string_view pixels;
  std::vector<int64_t> labels;  // from 1
};

Found in_npz(std::string_view bytes, const std::string& place, int64_t image_bytes, int64_t classes) {
  const NpzBatch batch(bytes, place);
  const NpyArray data = batch.array("data"), labels = batch.array("labels");
  const bool bytes_of_images = data.type.kind == ElementType::Kind::unsigned_integer && data.type.bytes == 1;
  if (!bytes_of_images || data.shape.size() != 2 || data.shape[1] != image_bytes) {
    throw InputError(batch.inside("data") + ": " + shape_text(data.shape) + " of " + data.type.name +
                     "; expected [n, " + std::to_string(image_bytes) + "] of uint8");
  }
  if (!labels.type.is_integer() || labels.shape.size() != 1) {
    throw InputError(batch.inside("labels") + ": " + shape_text(labels.shape) + " of " + labels.type.name +
                     "; expected [n] of integers");
  }
  Found found{.pixels = data.data, .labels = integers_of(labels.data, labels.type)};
  require_labels(found.labels, 1, classes, batch.inside("labels"));
  return found;
}

Found in_pickle(std::string_view bytes, const std::string& place, int64_t image_bytes, int64_t classes) {
  const PickledBatch batch(bytes, place);
  return {.pixels = batch.images_in_place(image_bytes), .labels = batch.labels("labels", 1, classes)};
}

}  // namespace

ImagenetBatch read_imagenet_batch(std::string_view bytes, const std::string& place, int64_t image_bytes,
                                  int64_t classes) {
  auto found = bytes.starts_with(kZip) ? in_npz(bytes, place, image_bytes, classes)
                                       : in_pickle(bytes, place, image_bytes, classes);
  const auto images = static_cast<int64_t>(found.pixels.size()) / image_bytes;
  if (images != std::ssize(found.labels)) {
    throw InputError(place + ": " + std::to_string(found.labels.size()) + " labels for " + std::to_string(images) +
                     " images");
  }
  for (int64_t& label : found.labels) --label;
  return {.pixels_at = found.pixels.data() - bytes.data(), .labels = std::move(found.labels)};
}

}  // namespace nlb
