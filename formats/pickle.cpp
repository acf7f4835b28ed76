#include "formats/pickle.h"

#include <bit>
#include <charconv>
#include <unordered_map>

#include "core/error.h"
#include "formats/pickle_calls.h"
#include "formats/pickle_text.h"

namespace nlb {
namespace {

using Kind = PickleValue::Kind;

/// A small file can name very many values; labels and images need far fewer.
constexpr size_t kMaxValues = 4'000'000;

/// Pickle's stack machine without its power to call.
class Machine {
 public:
  Machine(std::string_view bytes, const std::string& place) : bytes_(bytes), place_(place) {}

  Pickle run() {
    while (!stopped_) {
      start_ = at_;
      const auto op = static_cast<uint8_t>(take(1).front());
      if (!push_constant(op) && !push_line(op) && !push_string(op) && !remember(op) && !collect(op) && !drop(op) &&
          !build(op)) {
        refuse_opcode(op);
      }
      if (pickle_.values.size() > kMaxValues) {
        fail("more than " + std::to_string(kMaxValues) + " values: this is not a file of labels or images");
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

  // ---- protocol 0: values as lines of text ----
  bool push_line(uint8_t op) {
    switch (op) {
      case 'I': {
        const std::string_view text = line();
        if (text == "00" || text == "01") return push_integer(text == "01" ? 1 : 0, Kind::boolean);
        return push_integer(decimal(text));
      }
      case 'L': {
        std::string_view text = line();
        if (text.ends_with('L')) text.remove_suffix(1);
        return push_integer(decimal(text));
      }
      case 'F':
        line();
        return push({.kind = Kind::real});
      case 'S':
        return push_decoded(from_repr(line()));
      case 'V':
        return push_decoded(from_raw_unicode_escape(line()));
      default:
        return false;
    }
  }

  int64_t decimal(std::string_view text) const {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
      fail("a line that is not an integer of 64 bits");
    }
    return value;
  }

  bool push_decoded(std::optional<std::string> text) {
    if (!text) fail("a quoted text that Python does not write");
    pickle_.decoded.push_back(std::move(*text));
    return push_text(pickle_.decoded.back());
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
      case 0x96:  // BYTEARRAY8
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
    if (const auto known = importable(module, name)) return push_text(*known, Kind::function);
    constexpr size_t kShown = 100;
    std::string shown = std::string(module) + "." + std::string(name);
    for (char& letter : shown) letter = letter >= 0x20 && letter < 0x7F ? letter : '?';
    fail("it asks Python to import " + shown.substr(0, kShown) + "; allowed are only " + kImportable);
  }

  bool remember(uint8_t op) {
    switch (op) {
      case 0x80:
        if (const uint64_t protocol = number(1); protocol > 5) {
          fail("protocol " + std::to_string(protocol) + "; allowed are 0 to 5");
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
      case 'p':
        return keep(static_cast<uint64_t>(decimal(line())));
      case 'h':
      case 'j':
        return recall(number(op == 'h' ? 1 : 4));
      case 'g':
        return recall(static_cast<uint64_t>(decimal(line())));
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

  bool recall(uint64_t name) {
    const auto found = memo_.find(name);
    if (found == memo_.end()) fail("it recalls a value that it never kept");
    stack_.push_back(found->second);
    return true;
  }

  bool collect(uint8_t op) {
    switch (op) {
      case '(':
        marks_.push_back(stack_.size());
        return true;
      case 't':
        return push({.kind = Kind::tuple, .items = pop_to_mark()});
      case 'l':
        return push({.kind = Kind::list, .items = pop_to_mark()});
      case 'd': {
        auto items = pop_to_mark();
        if (items.size() % 2 != 0) fail("a key without a value");
        return push({.kind = Kind::dict, .items = std::move(items)});
      }
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

  bool drop(uint8_t op) {
    switch (op) {
      case '0':
        pop();
        return true;
      case '1':
        pop_to_mark();
        return true;
      case '2': {
        const uint32_t value = pop();
        stack_.push_back(value);
        stack_.push_back(value);
        return true;
      }
      case 0x97:  // NEXT_BUFFER
      case 0x98:  // READONLY_BUFFER
        fail("it keeps its data outside the file; pickle.dump it without buffer_callback");
      default:
        return false;
    }
  }

  // ---- the calls that arrays need ----
  bool build(uint8_t op) {
    switch (op) {
      case 'R': {
        const uint32_t arguments = pop(), function = pop();
        if (at(function).kind != Kind::function || at(arguments).kind != Kind::tuple) {
          fail("a call of something that is not a function");
        }
        const std::string_view name = at(function).text;
        const std::vector<uint32_t> given = at(arguments).items;
        auto value = called(pickle_, name, given);
        if (!value) fail("a call of " + std::string(name) + " that its library does not write");
        return push(std::move(*value));
      }
      case 'Q': {
        auto value = persistent(pickle_, pop());
        if (!value) fail("a value outside the pickle that torch.save does not write");
        return push(std::move(*value));
      }
      case 'b': {
        const uint32_t state = pop();
        if (stack_.size() <= floor()) fail("a state without its object");
        if (!set_state(pickle_, stack_.back(), state)) fail("an array or a type that numpy does not write");
        return true;
      }
      default:
        return false;
    }
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

}  // namespace

Pickle read_pickle(std::string_view bytes, const std::string& place) { return Machine(bytes, place).run(); }

}  // namespace nlb
