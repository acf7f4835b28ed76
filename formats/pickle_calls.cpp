#include "formats/pickle_calls.h"

#include <algorithm>
#include <array>

#include "formats/element_type.h"
#include "formats/pickle_text.h"

namespace nlb {

const char* const kImportable =
    "numpy's arrays, numbers and types, torch's tensors, bytes, bytearray, _codecs.encode and OrderedDict";

namespace {

using Kind = PickleValue::Kind;
using Arguments = std::vector<uint32_t>;

constexpr std::array<std::string_view, 16> kFunctions = {
    "numpy.core.multiarray _reconstruct",
    "numpy._core.multiarray _reconstruct",
    "numpy.core.numeric _frombuffer",
    "numpy._core.numeric _frombuffer",
    "numpy.core.multiarray scalar",
    "numpy._core.multiarray scalar",
    "numpy ndarray",
    "numpy dtype",
    "_codecs encode",
    "__builtin__ bytes",
    "builtins bytes",
    "__builtin__ bytearray",
    "builtins bytearray",
    "collections OrderedDict",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_tensor_v3",
};

/// Names that stand for a type of numbers, as numpy writes that; "" for bytes whose type the tensor says.
struct TorchType {
  std::string_view name, letters;
};
constexpr std::array kTorchTypes = {
    TorchType{"torch LongStorage", "i8"},   TorchType{"torch IntStorage", "i4"},
    TorchType{"torch ShortStorage", "i2"},  TorchType{"torch CharStorage", "i1"},
    TorchType{"torch ByteStorage", "u1"},   TorchType{"torch BoolStorage", "b1"},
    TorchType{"torch DoubleStorage", "f8"}, TorchType{"torch FloatStorage", "f4"},
    TorchType{"torch HalfStorage", "f2"},   TorchType{"torch BFloat16Storage", "bfloat16"},
    TorchType{"torch uint16", "u2"},        TorchType{"torch uint32", "u4"},
    TorchType{"torch uint64", "u8"},        TorchType{"torch.storage UntypedStorage", ""},
};

const TorchType* torch_type(const PickleValue& value) {
  if (value.kind != Kind::function) return nullptr;
  const auto found = std::find_if(kTorchTypes.begin(), kTorchTypes.end(),
                                  [&](const TorchType& type) { return type.name == value.text; });
  return found == kTorchTypes.end() ? nullptr : &*found;
}

uint32_t add(Pickle& pickle, PickleValue value) {
  pickle.values.push_back(std::move(value));
  return static_cast<uint32_t>(pickle.values.size() - 1);
}

uint32_t add_dtype(Pickle& pickle, std::string_view letters) {
  return add(pickle, {.kind = Kind::dtype, .integer = '<', .text = letters});
}

bool is(const Pickle& pickle, uint32_t number, Kind kind) { return pickle.at(number).kind == kind; }

/// (ndarray, shape, letters): an array that a state will fill.
std::optional<PickleValue> reconstructed(const Pickle& pickle, const Arguments& arguments) {
  if (arguments.size() != 3 || pickle.at(arguments[0]).text != "numpy ndarray") return std::nullopt;
  return PickleValue{.kind = Kind::array};
}

/// (buffer, dtype, shape, order): protocol 5's form.
std::optional<PickleValue> from_buffer(const Pickle& pickle, const Arguments& arguments) {
  if (arguments.size() != 4 || !is(pickle, arguments[0], Kind::string) || !is(pickle, arguments[1], Kind::dtype) ||
      !is(pickle, arguments[2], Kind::tuple) || !is(pickle, arguments[3], Kind::string)) {
    return std::nullopt;
  }
  return PickleValue{.kind = Kind::array,
                     .fortran = pickle.at(arguments[3]).text == "F",
                     .items = {arguments[2], arguments[1], arguments[0]}};
}

/// (dtype, bytes): one number.
std::optional<PickleValue> scalar(const Pickle& pickle, const Arguments& arguments) {
  if (arguments.size() != 2 || !is(pickle, arguments[0], Kind::dtype) || !is(pickle, arguments[1], Kind::string)) {
    return std::nullopt;
  }
  const PickleValue &dtype = pickle.at(arguments[0]), &data = pickle.at(arguments[1]);
  const auto type = element_type((dtype.integer == '>' ? ">" : "") + std::string(dtype.text));
  if (!type) return PickleValue{.kind = Kind::string, .text = data.text};
  const auto bytes = data.latin1 ? from_latin1(data.text) : std::string(data.text);
  if (!bytes || bytes->size() != type->bytes) return std::nullopt;
  if (type->kind == ElementType::Kind::truth) {
    return PickleValue{.kind = Kind::boolean, .integer = bytes->front() == 0 ? 0 : 1};
  }
  if (!type->is_integer()) return PickleValue{.kind = Kind::real};
  return PickleValue{.kind = Kind::integer, .integer = integers_of(*bytes, *type).front()};
}

/// bytes(), bytearray(), bytearray(bytes), bytearray(text, "latin-1").
std::optional<PickleValue> byte_text(const Pickle& pickle, const Arguments& arguments) {
  if (arguments.empty()) return PickleValue{.kind = Kind::string};
  if (arguments.size() > 2 || !is(pickle, arguments[0], Kind::string)) return std::nullopt;
  const PickleValue& text = pickle.at(arguments[0]);
  return PickleValue{.kind = Kind::string, .latin1 = text.latin1 || arguments.size() == 2, .text = text.text};
}

/// OrderedDict() or, of Python 2, OrderedDict([[key, value], ...]).
std::optional<PickleValue> ordered_dict(const Pickle& pickle, const Arguments& arguments) {
  PickleValue dict{.kind = Kind::dict};
  if (arguments.empty()) return dict;
  if (arguments.size() != 1 || !is(pickle, arguments[0], Kind::list)) return std::nullopt;
  for (const uint32_t pair : pickle.at(arguments[0]).items) {
    const PickleValue& entry = pickle.at(pair);
    if ((entry.kind != Kind::list && entry.kind != Kind::tuple) || entry.items.size() != 2) return std::nullopt;
    dict.items.insert(dict.items.end(), entry.items.begin(), entry.items.end());
  }
  return dict;
}

/// (storage, first element, sizes, strides, needs gradient, hooks[, type][, ...]).
std::optional<PickleValue> tensor(Pickle& pickle, const Arguments& arguments, bool typed) {
  const size_t least = typed ? 7 : 6;
  if (arguments.size() < least || !is(pickle, arguments[0], Kind::storage) ||
      !is(pickle, arguments[1], Kind::integer) || !is(pickle, arguments[2], Kind::tuple) ||
      !is(pickle, arguments[3], Kind::tuple)) {
    return std::nullopt;
  }
  uint32_t dtype = pickle.at(arguments[0]).items.at(0);
  if (typed) {
    const TorchType* type = torch_type(pickle.at(arguments[6]));
    if (type == nullptr || type->letters.empty()) return std::nullopt;
    dtype = add_dtype(pickle, type->letters);
  }
  return PickleValue{.kind = Kind::array, .items = {arguments[2], dtype, arguments[0], arguments[1], arguments[3]}};
}

/// (version, byte order, subtype, names, fields, size, alignment, flags): of plain numbers, only the order matters.
bool set_dtype(Pickle& pickle, uint32_t object, const Arguments& state) {
  if (state.size() < 5 || !is(pickle, state[1], Kind::string) || pickle.at(state[1]).text.size() != 1) return false;
  PickleValue& dtype = pickle.values[object];
  dtype.integer = static_cast<unsigned char>(pickle.at(state[1]).text.front());
  for (size_t i = 2; i < 5; ++i) {
    if (!is(pickle, state[i], Kind::none)) dtype.text = "records";
  }
  return true;
}

/// (version, shape, type, Fortran order, data).
bool set_array(Pickle& pickle, uint32_t object, const Arguments& state) {
  const bool sound = state.size() == 5 && is(pickle, state[1], Kind::tuple) && is(pickle, state[2], Kind::dtype) &&
                     !is(pickle, state[3], Kind::none) &&
                     (is(pickle, state[4], Kind::string) || is(pickle, state[4], Kind::list));
  if (!sound) return false;
  PickleValue& array = pickle.values[object];
  array.fortran = pickle.at(state[3]).integer != 0;
  array.items = {state[1], state[2], state[4]};
  return true;
}

}  // namespace

std::optional<std::string_view> importable(std::string_view module, std::string_view name) {
  const std::string wanted = std::string(module) + " " + std::string(name);
  for (const std::string_view known : kFunctions) {
    if (known == wanted) return known;
  }
  for (const TorchType& type : kTorchTypes) {
    if (type.name == wanted) return type.name;
  }
  return std::nullopt;
}

std::optional<PickleValue> called(Pickle& pickle, std::string_view function, const Arguments& arguments) {
  if (function.ends_with(" _reconstruct")) return reconstructed(pickle, arguments);
  if (function.ends_with(" _frombuffer")) return from_buffer(pickle, arguments);
  if (function.ends_with(" scalar")) return scalar(pickle, arguments);
  if (function.ends_with(" bytes") || function.ends_with(" bytearray")) return byte_text(pickle, arguments);
  if (function.ends_with(" OrderedDict")) return ordered_dict(pickle, arguments);
  if (function.ends_with(" _rebuild_tensor_v2")) return tensor(pickle, arguments, false);
  if (function.ends_with(" _rebuild_tensor_v3")) return tensor(pickle, arguments, true);
  if (arguments.empty() || !is(pickle, arguments[0], Kind::string)) return std::nullopt;
  const std::string_view first = pickle.at(arguments[0]).text;
  if (function == "numpy dtype") return PickleValue{.kind = Kind::dtype, .text = first};
  const bool latin1 = function == "_codecs encode" && arguments.size() == 2 && is(pickle, arguments[1], Kind::string) &&
                      pickle.at(arguments[1]).text == "latin1";
  if (!latin1) return std::nullopt;
  return PickleValue{.kind = Kind::string, .latin1 = true, .text = first};
}

bool set_state(Pickle& pickle, uint32_t object, uint32_t state) {
  if (is(pickle, object, Kind::dict)) return true;
  if (!is(pickle, state, Kind::tuple)) return false;
  const Arguments items = pickle.at(state).items;
  if (is(pickle, object, Kind::dtype)) return set_dtype(pickle, object, items);
  return is(pickle, object, Kind::array) && set_array(pickle, object, items);
}

std::optional<PickleValue> persistent(Pickle& pickle, uint32_t id) {
  if (!is(pickle, id, Kind::tuple)) return std::nullopt;
  const Arguments parts = pickle.at(id).items;
  if (parts.size() != 5 || pickle.at(parts[0]).text != "storage" || !is(pickle, parts[2], Kind::string)) {
    return std::nullopt;
  }
  const TorchType* type = torch_type(pickle.at(parts[1]));
  if (type == nullptr) return std::nullopt;
  const uint32_t dtype = add_dtype(pickle, type->letters);
  return PickleValue{.kind = Kind::storage, .text = pickle.at(parts[2]).text, .items = {dtype}};
}

}  // namespace nlb
