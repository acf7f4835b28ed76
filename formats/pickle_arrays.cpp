// What the values of a pickle are: words for messages, and the numbers of arrays and tensors.
#include <algorithm>
#include <limits>

#include "core/error.h"
#include "formats/element_type.h"
#include "formats/pickle.h"
#include "formats/pickle_text.h"

namespace nlb {
namespace {

using Kind = PickleValue::Kind;

std::vector<int64_t> sizes_of(const Pickle& pickle, uint32_t tuple, const char* what, const std::string& place) {
  std::vector<int64_t> sizes;
  for (const uint32_t item : pickle.at(tuple).items) {
    const PickleValue& size = pickle.at(item);
    if (size.kind != Kind::integer || size.integer < 0) {
      throw InputError(place + ": the " + what + " of an array is not a list of sizes");
    }
    sizes.push_back(size.integer);
  }
  return sizes;
}

std::string array_words(const Pickle& pickle, const PickleValue& array) {
  if (array.items.empty()) return "a numpy array without its data";
  const bool tensor = pickle.at(array.items[2]).kind == Kind::storage;
  std::string words = tensor ? "a tensor of " : "a numpy array of ";
  words += pickle.at(array.items[2]).kind == Kind::list ? "Python objects" : array_dtype(pickle, array);
  std::vector<int64_t> shape;
  for (const uint32_t size : pickle.at(array.items[0]).items) shape.push_back(pickle.at(size).integer);
  return words + " " + shape_text(shape);
}

/// A tensor's elements, which may lie apart from each other in its storage.
class TensorReader {
 public:
  TensorReader(std::string_view storage, size_t element, std::vector<int64_t> shape, std::vector<int64_t> strides)
      : storage_(storage), element_(element), shape_(std::move(shape)), strides_(std::move(strides)) {}

  /// False where an element lies outside the storage.
  bool append(size_t dimension, int64_t at, std::string& bytes) const {
    if (dimension == shape_.size()) {
      const auto begin = static_cast<size_t>(at);
      if (at < 0 || begin >= storage_.size() / element_) return false;
      bytes.append(storage_.substr(begin * element_, element_));
      return true;
    }
    for (int64_t i = 0; i < shape_[dimension]; ++i) {
      if (!append(dimension + 1, at, bytes)) return false;
      // Strides of a sound tensor stay inside its storage; anything larger ends at the next element.
      if (i + 1 < shape_[dimension] && __builtin_add_overflow(at, strides_[dimension], &at)) return false;
    }
    return true;
  }

 private:
  std::string_view storage_;
  size_t element_;
  std::vector<int64_t> shape_, strides_;
};

void require_filled(const std::vector<int64_t>& shape, const ElementType& type, size_t bytes,
                    const std::string& place) {
  const auto count = element_count(shape, std::numeric_limits<int64_t>::max() / 8);
  if (count && static_cast<size_t>(*count) * type.bytes == bytes) return;
  throw InputError(place + ": an array of " + shape_text(shape) + " elements of " + type.name + " with " +
                   std::to_string(bytes) + " bytes of data");
}

std::string tensor_bytes(const Pickle& pickle, const PickleValue& array, const std::vector<int64_t>& shape,
                         const ElementType& type, const std::string& place) {
  const std::string name(pickle.at(array.items[2]).text);
  const auto storage = pickle.storages.find(name);
  if (storage == pickle.storages.end()) {
    throw InputError(place + ": a tensor whose numbers, data/" + name + ", are not in the file");
  }
  const auto strides = sizes_of(pickle, array.items.at(4), "strides", place);
  const auto available = static_cast<int64_t>(storage->second.size() / type.bytes);
  const auto count = element_count(shape, available);
  constexpr size_t kMostDimensions = 8;
  if (strides.size() != shape.size() || shape.size() > kMostDimensions || !count) {
    throw InputError(place + ": a tensor of " + shape_text(shape) + " elements with " + std::to_string(available) +
                     " in its storage; save tensor.clone()");
  }
  std::string bytes;
  if (*count == 0) return bytes;
  bytes.reserve(static_cast<size_t>(*count) * type.bytes);
  const TensorReader reader(storage->second, type.bytes, shape, strides);
  if (!reader.append(0, pickle.at(array.items.at(3)).integer, bytes)) {
    throw InputError(place + ": a tensor with elements outside its storage of " + std::to_string(available));
  }
  return bytes;
}

}  // namespace

std::string described(const Pickle& pickle, const PickleValue& value) {
  const std::string count = std::to_string(value.items.size());
  switch (value.kind) {
    case Kind::none:
      return "None";
    case Kind::boolean:
      return "a truth value";
    case Kind::integer:
      return "an integer";
    case Kind::real:
      return "a real number";
    case Kind::string:
      return "a text of " + std::to_string(value.text.size()) + " bytes";
    case Kind::list:
      return "a list of " + count + " values";
    case Kind::tuple:
      return "a tuple of " + count + " values";
    case Kind::dict:
      return "a dict of " + std::to_string(value.items.size() / 2) + " entries";
    case Kind::function:
      return "the function " + std::string(value.text);
    case Kind::dtype:
      return "a type of numbers";
    case Kind::storage:
      return "the storage of a tensor";
    case Kind::array:
      return array_words(pickle, value);
  }
  return "";
}

std::string array_dtype(const Pickle& pickle, const PickleValue& array) {
  if (array.items.empty()) return "unknown type";
  const PickleValue& dtype = pickle.at(array.items[1]);
  const std::string order(1, dtype.integer == 0 ? '=' : static_cast<char>(dtype.integer));
  return order + std::string(dtype.text);
}

std::vector<int64_t> array_shape(const Pickle& pickle, const PickleValue& array, const std::string& place) {
  NLB_CHECK(array.kind == Kind::array, "the shape of an array");
  if (array.items.empty()) throw InputError(place + ": a numpy array without its data");
  return sizes_of(pickle, array.items[0], "shape", place);
}

std::string array_bytes(const Pickle& pickle, const PickleValue& array, const std::string& place) {
  const std::vector<int64_t> shape = array_shape(pickle, array, place);
  const auto type = element_type(array_dtype(pickle, array));
  const PickleValue& data = pickle.at(array.items[2]);
  if (!type || data.kind == Kind::list) {
    throw InputError(place + ": " + described(pickle, array) + "; allowed are " + allowed_integer_types());
  }
  if (data.kind == Kind::storage) return tensor_bytes(pickle, array, shape, *type, place);
  if (array.fortran && shape.size() > 1)
    throw InputError(place + ": an array in Fortran order; save numpy.ascontiguousarray of it");
  const auto bytes = data.latin1 ? from_latin1(data.text) : std::string(data.text);
  if (!bytes) throw InputError(place + ": the data of an array is not a latin-1 text");
  require_filled(shape, *type, bytes->size(), place);
  return *bytes;
}

std::optional<std::string_view> array_view(const Pickle& pickle, const PickleValue& array, const std::string& place) {
  const std::vector<int64_t> shape = array_shape(pickle, array, place);
  const auto type = element_type(array_dtype(pickle, array));
  const PickleValue& data = pickle.at(array.items[2]);
  const bool quoted = std::any_of(pickle.decoded.begin(), pickle.decoded.end(),
                                  [&](const std::string& text) { return text.data() == data.text.data(); });
  const bool turned = array.fortran && shape.size() > 1;
  if (!type || data.kind != Kind::string || data.latin1 || quoted || turned) return std::nullopt;
  require_filled(shape, *type, data.text.size(), place);
  return data.text;
}

}  // namespace nlb
