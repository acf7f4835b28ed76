#include "datasets/pickle.h"

#include <array>
#include <bit>
#include <limits>
#include <unordered_map>

#include "core/error.h"
#include "datasets/element_type.h"

namespace nlb {
namespace {

using Kind = PickleValue::Kind;

/// A small file can name very many values; labels and images need far fewer.
constexpr size_t kMaxValues = 4'000'000;

/// What a pickle may import. None is a Python object here: each stands for the one thing the machine does when asked.
constexpr std::array<std::string_view, 7> kFunctions = {"numpy.core.multiarray _reconstruct",
                                                        "numpy._core.multiarray _reconstruct",
                                                        "numpy ndarray",
                                                        "numpy dtype",
                                                        "_codecs encode",
                                                        "__builtin__ bytes",
                                                        "builtins bytes"};
constexpr std::string_view kAllowed = "numpy's _reconstruct, ndarray and dtype, _codecs.encode, bytes";

/// Pickle's stack machine without its power to call.
class Machine {
 public:
  Machine(std::string_view bytes, const std::string& place) : bytes_(bytes), place_(place) {}

  Pickle run() {
    while (!stopped_) {
      start_ = at_;
      const auto op = static_cast<uint8_t>(take(1).front());
      if (!push_constant(op) && !push_string(op) && !remember(op) && !collect(op) && !build(op)) refuse_opcode(op);
      if (pickle_.values.size() > kMaxValues) {
        fail("more than " + std::to_string(kMaxValues) + " values: this is no file of labels or images");
      }
    }
    if (at_ != bytes_.size()) fail(std::to_string(bytes_.size() - at_) + " bytes behind its end");
    if (stack_.size() != 1 || !marks_.empty()) fail("it ends with unfinished values");
    pickle_.root = stack_.back();
    return std::move(pickle_);
  }

 private:
  // ---- bytes ----
  std::string_view take(uint64_t count) {
    if (count > bytes_.size() - at_) fail("the pickle is cut off");
    const auto piece = bytes_.substr(at_, count);
    at_ += count;
    return piece;
  }
  uint64_t number(size_t bytes) {
    uint64_t value = 0;
    const auto piece = take(bytes);
    for (size_t i = 0; i < bytes; ++i) value |= static_cast<uint64_t>(static_cast<uint8_t>(piece[i])) << (8 * i);
    return value;
  }
  std::string_view line() {
    const size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) fail("the pickle is cut off");
    const auto text = take(end - at_);
    take(1);
    return text;
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(place_ + ": " + what + " (pickle, byte " + std::to_string(start_) + "); nothing of it was run");
  }
  [[noreturn]] void refuse_opcode(uint8_t op) const {
    const bool printable = op > 0x20 && op < 0x7F;
    fail("opcode " + std::to_string(op) + (printable ? std::string(" '") + static_cast<char>(op) + "'" : "") +
         " is not among those that arrays and lists of numbers need");
  }

  // ---- stack ----
  uint32_t add(PickleValue value) {
    pickle_.values.push_back(std::move(value));
    return static_cast<uint32_t>(pickle_.values.size() - 1);
  }
  bool push(PickleValue value) {
    stack_.push_back(add(std::move(value)));
    return true;
  }
  bool push_integer(int64_t value, Kind kind = Kind::integer) { return push({.kind = kind, .integer = value}); }
  bool push_text(std::string_view text, Kind kind = Kind::string) { return push({.kind = kind, .text = text}); }
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  uint32_t pop() {
    if (stack_.size() <= floor()) fail("it takes a value that is not there");
    const uint32_t top = stack_.back();
    stack_.pop_back();
    return top;
  }
  PickleValue& top(Kind kind, const char* what) {
    if (stack_.size() <= floor() || pickle_.values[stack_.back()].kind != kind)
      fail(std::string("no ") + what + " to add to");
    return pickle_.values[stack_.back()];
  }
  std::vector<uint32_t> pop_to_mark() {
    if (marks_.empty()) fail("it closes a part that it never opened");
    std::vector<uint32_t> items(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }
  const PickleValue& at(uint32_t number) const { return pickle_.values[number]; }

  // ---- opcodes, by what they do ----
  bool push_constant(uint8_t op) {
    switch (op) {
      case 'N':
        return push({.kind = Kind::none});
      case 0x88:
      case 0x89:
        return push_integer(op == 0x88 ? 1 : 0, Kind::boolean);
      case 'J':
        return push_integer(static_cast<int32_t>(number(4)));
      case 'K':
        return push_integer(static_cast<int64_t>(number(1)));
      case 'M':
        return push_integer(static_cast<int64_t>(number(2)));
      case 0x8A:
        return push_integer(long_integer());
      case 'G':
        take(8);
        return push({.kind = Kind::real});
      case ']':
        return push({.kind = Kind::list});
      case '}':
        return push({.kind = Kind::dict});
      case ')':
        return push({.kind = Kind::tuple});
      default:
        return false;
    }
  }

  int64_t long_integer() {
    const uint64_t bytes = number(1);
    if (bytes > 8) fail("an integer of " + std::to_string(bytes) + " bytes; labels fit 8");
    if (bytes == 0) return 0;
    const auto unused = static_cast<int>(64 - 8 * bytes);
    return std::bit_cast<int64_t>(number(bytes) << unused) >> unused;
  }

  bool push_string(uint8_t op) {
    switch (op) {
      case 'U':   // SHORT_BINSTRING
      case 'C':   // SHORT_BINBYTES
      case 0x8C:  // SHORT_BINUNICODE
        return push_text(take(number(1)));
      case 'T':  // BINSTRING
      case 'B':  // BINBYTES
      case 'X':  // BINUNICODE
        return push_text(take(number(4)));
      case 0x8D:  // BINUNICODE8
      case 0x8E:  // BINBYTES8
        return push_text(take(number(8)));
      case 'c': {
        const std::string_view module = line(), name = line();
        return import(module, name);
      }
      case 0x93: {  // STACK_GLOBAL
        const PickleValue& name = at(pop());
        const PickleValue& module = at(pop());
        if (name.kind != Kind::string || module.kind != Kind::string) fail("an import without a name");
        return import(module.text, name.text);
      }
      default:
        return false;
    }
  }

  bool import(std::string_view module, std::string_view name) {
    const std::string wanted = std::string(module) + " " + std::string(name);
    for (const std::string_view known : kFunctions) {
      if (known == wanted) return push_text(known, Kind::function);
    }
    constexpr size_t kShown = 100;
    std::string shown = std::string(module) + "." + std::string(name);
    for (char& letter : shown) letter = letter >= 0x20 && letter < 0x7F ? letter : '?';
    fail("it asks Python to import " + shown.substr(0, kShown) + "; allowed are only " + std::string(kAllowed));
  }

  bool remember(uint8_t op) {
    switch (op) {
      case 0x80:
        if (const uint64_t protocol = number(1); protocol < 2 || protocol > 5) {
          fail("protocol " + std::to_string(protocol) + "; allowed are 2 to 5");
        }
        return true;
      case 0x95:  // FRAME: only a hint for buffering
        take(8);
        return true;
      case 'q':
      case 'r':
        return keep(number(op == 'q' ? 1 : 4));
      case 0x94:  // MEMOIZE
        return keep(memo_.size());
      case 'h':
      case 'j': {
        const auto found = memo_.find(number(op == 'h' ? 1 : 4));
        if (found == memo_.end()) fail("it recalls a value that it never kept");
        stack_.push_back(found->second);
        return true;
      }
      case '.':
        stopped_ = true;
        return true;
      default:
        return false;
    }
  }

  bool keep(uint64_t name) {
    if (stack_.size() <= floor()) fail("it keeps a value that is not there");
    memo_[name] = stack_.back();
    return true;
  }

  bool collect(uint8_t op) {
    switch (op) {
      case '(':
        marks_.push_back(stack_.size());
        return true;
      case 't':
        return push({.kind = Kind::tuple, .items = pop_to_mark()});
      case 0x85:
      case 0x86:
      case 0x87: {
        std::vector<uint32_t> items(op - 0x84u);
        for (size_t i = items.size(); i-- > 0;) items[i] = pop();
        return push({.kind = Kind::tuple, .items = std::move(items)});
      }
      case 'a': {
        const uint32_t item = pop();
        top(Kind::list, "list").items.push_back(item);
        return true;
      }
      case 'e':
        return append_all(pop_to_mark(), Kind::list, "list");
      case 's': {
        const uint32_t value = pop(), key = pop();
        return append_all({key, value}, Kind::dict, "dict");
      }
      case 'u': {
        auto items = pop_to_mark();
        if (items.size() % 2 != 0) fail("a key without a value");
        return append_all(items, Kind::dict, "dict");
      }
      default:
        return false;
    }
  }

  bool append_all(const std::vector<uint32_t>& items, Kind kind, const char* what) {
    auto& into = top(kind, what).items;
    into.insert(into.end(), items.begin(), items.end());
    return true;
  }

  // ---- the calls that arrays need ----
  bool build(uint8_t op) {
    if (op == 'R') {
      const uint32_t arguments = pop(), function = pop();
      if (at(function).kind != Kind::function || at(arguments).kind != Kind::tuple)
        fail("a call of something that is no function");
      return push(called(at(function).text, at(arguments).items));
    }
    if (op != 'b') return false;
    const uint32_t state = pop();
    if (stack_.size() <= floor() || at(state).kind != Kind::tuple) fail("a state without its object");
    PickleValue& object = pickle_.values[stack_.back()];
    if (object.kind == Kind::dtype) {
      set_dtype(object, at(state).items);
    } else if (object.kind == Kind::array) {
      set_array(object, at(state).items);
    } else {
      fail("a state for something that is no array");
    }
    return true;
  }

  bool is_string(uint32_t number, std::string_view text) const {
    return at(number).kind == Kind::string && at(number).text == text;
  }

  PickleValue called(std::string_view function, const std::vector<uint32_t>& arguments) const {
    if (function.ends_with("_reconstruct") && arguments.size() == 3 && at(arguments[0]).text == "numpy ndarray") {
      return {.kind = Kind::array};
    }
    if (function == "numpy dtype" && !arguments.empty() && at(arguments[0]).kind == Kind::string) {
      return {.kind = Kind::dtype, .text = at(arguments[0]).text};
    }
    if (function == "_codecs encode" && arguments.size() == 2 && at(arguments[0]).kind == Kind::string &&
        is_string(arguments[1], "latin1")) {
      return {.kind = Kind::string, .latin1 = true, .text = at(arguments[0]).text};
    }
    if (function.ends_with("bytes") && arguments.empty()) return {.kind = Kind::string};
    fail("a call of " + std::string(function) + " that numpy does not write");
  }

  /// (version, byte order, subtype, names, fields, size, alignment, flags): plain numbers have only the order.
  void set_dtype(PickleValue& dtype, const std::vector<uint32_t>& state) const {
    if (state.size() < 5 || at(state[1]).kind != Kind::string || at(state[1]).text.size() != 1) {
      fail("a type of numbers that numpy does not write");
    }
    for (size_t i = 2; i < 5; ++i) {
      if (at(state[i]).kind != Kind::none) fail("an array of records; allowed are plain numbers");
    }
    dtype.integer = static_cast<unsigned char>(at(state[1]).text.front());
  }

  /// (version, shape, type, Fortran order, data).
  void set_array(PickleValue& array, const std::vector<uint32_t>& state) const {
    const bool sound = state.size() == 5 && at(state[1]).kind == Kind::tuple && at(state[2]).kind == Kind::dtype &&
                       at(state[3]).kind != Kind::none;
    if (!sound) fail("an array that numpy does not write");
    if (at(state[4]).kind != Kind::string) fail("an array of Python objects; allowed are plain numbers");
    array.fortran = at(state[3]).integer != 0;
    array.items = {state[1], state[2], state[4]};
  }

  std::string_view bytes_;
  const std::string& place_;
  size_t at_ = 0, start_ = 0;
  bool stopped_ = false;
  Pickle pickle_;
  std::vector<uint32_t> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint64_t, uint32_t> memo_;
};

/// The bytes of a text whose code points are bytes.
std::string from_latin1(std::string_view text, const std::string& place) {
  std::string bytes;
  bytes.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte < 0x80) {
      bytes += text[i];
      continue;
    }
    const auto next = i + 1 < text.size() ? static_cast<uint8_t>(text[i + 1]) : uint8_t{0};
    if ((byte != 0xC2 && byte != 0xC3) || (next & 0xC0) != 0x80) {
      throw InputError(place + ": the data of an array is no latin-1 text, at its byte " + std::to_string(i));
    }
    bytes += static_cast<char>((byte & 0x03) << 6 | (next & 0x3F));
    ++i;
  }
  return bytes;
}

}  // namespace

Pickle read_pickle(std::string_view bytes, const std::string& place) { return Machine(bytes, place).run(); }

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
    case Kind::array:
      return "a numpy array of " + array_dtype(pickle, value);
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
  std::vector<int64_t> shape;
  for (const uint32_t item : pickle.at(array.items[0]).items) {
    const PickleValue& size = pickle.at(item);
    if (size.kind != Kind::integer || size.integer < 0)
      throw InputError(place + ": the shape of an array is no list of sizes");
    shape.push_back(size.integer);
  }
  return shape;
}

std::string array_bytes(const Pickle& pickle, const PickleValue& array, const std::string& place) {
  const std::vector<int64_t> shape = array_shape(pickle, array, place);
  const auto type = element_type(array_dtype(pickle, array));
  if (!type)
    throw InputError(place + ": a numpy array of " + array_dtype(pickle, array) + "; allowed are " +
                     allowed_integer_types());
  if (array.fortran && shape.size() > 1)
    throw InputError(place + ": an array in Fortran order; save numpy.ascontiguousarray of it");
  const PickleValue& data = pickle.at(array.items[2]);
  std::string bytes = data.latin1 ? from_latin1(data.text, place) : std::string(data.text);
  const auto count = element_count(shape, std::numeric_limits<int64_t>::max() / 8);
  if (!count || static_cast<size_t>(*count) * type->bytes != bytes.size()) {
    throw InputError(place + ": an array of " + shape_text(shape) + " elements of " + type->name + " with " +
                     std::to_string(bytes.size()) + " bytes of data");
  }
  return bytes;
}

}  // namespace nlb
