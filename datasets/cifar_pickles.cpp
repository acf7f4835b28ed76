#include "datasets/cifar_pickles.h"

#include <vector>

#include "core/error.h"
#include "formats/element_type.h"
#include "formats/pickle.h"

namespace nlb {
namespace {

using Kind = PickleValue::Kind;

class PickledBatch {
 public:
  PickledBatch(std::string_view bytes, const std::string& place) : place_(place), pickle_(read_pickle(bytes, place)) {
    if (pickle_.top().kind != Kind::dict)
      throw InputError(place_ + ": " + described(pickle_, pickle_.top()) + "; expected a dict");
  }

  /// [n, image_bytes] row by row.
  std::string images(int64_t image_bytes) const {
    const PickleValue& data = entry("data", Kind::array, "an array");
    const auto shape = array_shape(pickle_, data, inside("data"));
    const std::string type = array_dtype(pickle_, data);
    if (!type.ends_with("u1") || shape.size() != 2 || shape[1] != image_bytes) {
      throw InputError(inside("data") + ": an array of " + std::to_string(shape.size()) + " dimensions and type " +
                       type + "; expected [n, " + std::to_string(image_bytes) + "] of uint8");
    }
    return array_bytes(pickle_, data, inside("data"));
  }

  /// One byte a label.
  std::string labels(const std::string& key) const {
    if (const PickleValue* array = find(key); array != nullptr && array->kind == Kind::array)
      return label_bytes(*array, key);
    const PickleValue& list = entry(key, Kind::list, "a list");
    std::string bytes;
    bytes.reserve(list.items.size());
    for (const uint32_t item : list.items) {
      const PickleValue& label = pickle_.at(item);
      if (label.kind != Kind::integer || label.integer < 0 || label.integer > UINT8_MAX) {
        throw InputError(inside(key) + ": entry " + std::to_string(bytes.size()) + " is not a label");
      }
      bytes += static_cast<char>(label.integer);
    }
    return bytes;
  }

 private:
  /// Of labels that somebody's script made an array of.
  std::string label_bytes(const PickleValue& array, const std::string& key) const {
    const auto type = element_type(array_dtype(pickle_, array));
    const std::string data = array_bytes(pickle_, array, inside(key));
    if (!type || !type->is_integer() || array_shape(pickle_, array, inside(key)).size() != 1) {
      throw InputError(inside(key) + ": " + described(pickle_, array) + "; expected a list of integers");
    }
    std::string bytes;
    for (const int64_t label : integers_of(data, *type)) {
      if (label < 0 || label > UINT8_MAX) {
        throw InputError(inside(key) + ": entry " + std::to_string(bytes.size()) + " is not a label");
      }
      bytes += static_cast<char>(label);
    }
    return bytes;
  }

  std::string inside(const std::string& key) const { return place_ + ": \"" + key + "\""; }

  const PickleValue* find(const std::string& key) const {
    const auto& items = pickle_.top().items;
    for (size_t i = 0; i < items.size(); i += 2) {
      if (pickle_.at(items[i]).kind == Kind::string && pickle_.at(items[i]).text == key)
        return &pickle_.at(items[i + 1]);
    }
    return nullptr;
  }

  const PickleValue& entry(const std::string& key, Kind kind, const char* what) const {
    const PickleValue* value = find(key);
    if (value == nullptr) throw InputError(inside(key) + ": no such entry; expected " + what);
    if (value->kind == kind) return *value;
    throw InputError(inside(key) + ": " + described(pickle_, *value) + "; expected " + what);
  }

  const std::string& place_;
  Pickle pickle_;
};

}  // namespace

std::string cifar_records_of(std::string_view pickle, const std::string& place, bool coarse, int64_t image_bytes) {
  const PickledBatch batch(pickle, place);
  std::vector<std::string> labels;
  if (coarse) labels.push_back(batch.labels("coarse_labels"));
  labels.push_back(batch.labels(coarse ? "fine_labels" : "labels"));
  const std::string images = batch.images(image_bytes);
  const auto row = static_cast<size_t>(image_bytes);
  const size_t count = images.size() / row;
  std::string records;
  records.reserve(images.size() + count * labels.size());
  for (const std::string& each : labels) {
    if (each.size() == count) continue;
    throw InputError(place + ": " + std::to_string(each.size()) + " labels for " + std::to_string(count) + " images");
  }
  for (size_t i = 0; i < count; ++i) {
    for (const std::string& each : labels) records += each[i];
    records.append(images, i * row, row);
  }
  return records;
}

}  // namespace nlb
