#include "datasets/pickled_batch.h"

#include <functional>
#include <limits>

#include "core/error.h"
#include "formats/element_type.h"

namespace nlb {
namespace {

using Kind = PickleValue::Kind;

/// No label: an entry of a list that is no whole number.
constexpr int64_t kNoNumber = std::numeric_limits<int64_t>::min();

}  // namespace

PickledBatch::PickledBatch(std::string_view bytes, std::string place)
    : bytes_(bytes), place_(std::move(place)), pickle_(read_pickle(bytes, place_)) {
  if (pickle_.top().kind != Kind::dict)
    throw InputError(place_ + ": " + described(pickle_, pickle_.top()) + "; expected a dict");
}

const PickleValue& PickledBatch::pixels(int64_t image_bytes) const {
  const PickleValue& data = entry("data", Kind::array, "an array");
  const auto shape = array_shape(pickle_, data, inside("data"));
  const std::string type = array_dtype(pickle_, data);
  if (type.ends_with("u1") && shape.size() == 2 && shape[1] == image_bytes) return data;
  throw InputError(inside("data") + ": an array of " + std::to_string(shape.size()) + " dimensions and type " + type +
                   "; expected [n, " + std::to_string(image_bytes) + "] of uint8");
}

std::string PickledBatch::images(int64_t image_bytes) const {
  return array_bytes(pickle_, pixels(image_bytes), inside("data"));
}

std::string_view PickledBatch::images_in_place(int64_t image_bytes) const {
  const auto found = array_view(pickle_, pixels(image_bytes), inside("data"));
  const std::less<const char*> before;  // of pointers into whatever memory
  const bool there = found && !before(found->data(), bytes_.data()) &&
                     !before(bytes_.data() + bytes_.size(), found->data() + found->size());
  if (there) return *found;
  throw InputError(inside("data") +
                   ": its pixels are not in the file as they are; load it and pickle.dump it again with protocol 4 and"
                   " data = numpy.ascontiguousarray(data)");
}

std::vector<int64_t> PickledBatch::numbers(const std::string& key) const {
  if (const PickleValue* array = find(key); array != nullptr && array->kind == Kind::array) {
    // Somebody's script made an array of the list.
    const auto type = element_type(array_dtype(pickle_, *array));
    const std::string data = array_bytes(pickle_, *array, inside(key));
    if (!type || !type->is_integer() || array_shape(pickle_, *array, inside(key)).size() != 1) {
      throw InputError(inside(key) + ": " + described(pickle_, *array) + "; expected a list of integers");
    }
    return integers_of(data, *type);
  }
  std::vector<int64_t> numbers;
  for (const uint32_t item : entry(key, Kind::list, "a list").items) {
    const PickleValue& number = pickle_.at(item);
    numbers.push_back(number.kind == Kind::integer ? number.integer : kNoNumber);
  }
  return numbers;
}

std::vector<int64_t> PickledBatch::labels(const std::string& key, int64_t least, int64_t most) const {
  auto found = numbers(key);
  require_labels(found, least, most, inside(key));
  return found;
}

const PickleValue* PickledBatch::find(const std::string& key) const {
  const auto& items = pickle_.top().items;
  for (size_t i = 0; i < items.size(); i += 2) {
    if (pickle_.at(items[i]).kind == Kind::string && pickle_.at(items[i]).text == key) return &pickle_.at(items[i + 1]);
  }
  return nullptr;
}

const PickleValue& PickledBatch::entry(const std::string& key, Kind kind, const char* what) const {
  const PickleValue* value = find(key);
  if (value == nullptr) throw InputError(inside(key) + ": no such entry; expected " + what);
  if (value->kind == kind) return *value;
  throw InputError(inside(key) + ": " + described(pickle_, *value) + "; expected " + what);
}

void require_labels(const std::vector<int64_t>& labels, int64_t least, int64_t most, const std::string& place) {
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= least && labels[i] <= most) continue;
    const std::string found = labels[i] == kNoNumber ? "" : ": " + std::to_string(labels[i]);
    throw InputError(place + ": entry " + std::to_string(i) + " is not a label" + found + "; allowed are " +
                     std::to_string(least) + " to " + std::to_string(most));
  }
}

}  // namespace nlb
