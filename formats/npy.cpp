#include "formats/npy.h"

#include <charconv>
#include <limits>
#include <optional>

#include "core/error.h"
#include "core/little_endian.h"

namespace nlb {
namespace {

constexpr size_t kPrefix = 8;  // magic, two bytes of version
constexpr size_t kMaxDimensions = 8;

/// The header is a Python dictionary literal of three entries; nothing else of Python is understood.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, const std::string& place) : text_(text), place_(place) {}

  struct Header {
    std::optional<std::string> dtype;
    std::optional<bool> fortran;
    std::optional<std::vector<int64_t>> shape;
  };

  Header read() {
    Header header;
    expect('{');
    while (!accept('}')) {
      read_entry(header);
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_spaces();
    if (at_ != text_.size()) fail("text behind its dictionary");
    if (!header.dtype || !header.fortran || !header.shape) fail("an entry is missing");
    return header;
  }

 private:
  void read_entry(Header& header) {
    const std::string key = quoted();
    expect(':');
    if (key == "descr" && !header.dtype) {
      header.dtype = type();
    } else if (key == "fortran_order" && !header.fortran) {
      header.fortran = truth();
    } else if (key == "shape" && !header.shape) {
      header.shape = sizes();
    } else {
      fail("the entry \"" + key + "\" is unknown or there twice");
    }
  }

  std::string type() {
    skip_spaces();
    return at_ < text_.size() && text_[at_] == '[' ? fields() : quoted();
  }

  /// A list of fields, which is not taken apart.
  std::string fields() {
    const size_t begin = at_;
    int depth = 0;
    do {
      if (at_ >= text_.size()) fail("a list of fields has no end");
      const char letter = text_[at_];
      if (letter == '\'' || letter == '"') {
        quoted();
        continue;
      }
      depth += letter == '[' ? 1 : letter == ']' ? -1 : 0;
      ++at_;
    } while (depth > 0);
    return std::string(text_.substr(begin, at_ - begin));
  }

  bool truth() {
    skip_spaces();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return value;
    }
    fail("fortran_order is neither True nor False");
  }

  std::vector<int64_t> sizes() {
    std::vector<int64_t> values;
    expect('(');
    while (!accept(')')) {
      values.push_back(size());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    if (values.size() > kMaxDimensions) fail("more than " + std::to_string(kMaxDimensions) + " dimensions");
    return values;
  }

  int64_t size() {
    skip_spaces();
    int64_t value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc() || value < 0) fail("a size in the shape is not a number");
    at_ += static_cast<size_t>(end - begin);
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2 wrote longs so
    return value;
  }

  std::string quoted() {
    skip_spaces();
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    if (quote != '\'' && quote != '"') fail("expected a quoted word");
    const size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("a quoted word has no end");
    std::string word(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return word;
  }

  void expect(char letter) {
    if (!accept(letter)) fail(std::string("expected '") + letter + "'");
  }

  bool accept(char letter) {
    skip_spaces();
    if (at_ >= text_.size() || text_[at_] != letter) return false;
    ++at_;
    return true;
  }

  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(place_ + ": not a sound .npy header: " + what + ", at its byte " + std::to_string(at_));
  }

  std::string_view text_;
  const std::string& place_;
  size_t at_ = 0;
};

/// The text of the header, and where the data begins.
struct Split {
  std::string_view header, data;
};

Split split_file(std::string_view bytes, const std::string& place) {
  if (!bytes.starts_with(kNpyMagic)) throw InputError(place + ": not a .npy file: it does not begin with \\x93NUMPY");
  const auto byte = [&](size_t at) { return static_cast<size_t>(static_cast<uint8_t>(bytes[at])); };
  const size_t version = bytes.size() > kPrefix ? byte(6) : 0;
  if (version != 1 && version != 2) {
    throw InputError(place + ": .npy format version " + std::to_string(version) + "; allowed are 1 and 2");
  }
  const size_t begin = kPrefix + 2 * version;
  if (bytes.size() < begin) throw InputError(place + ": cut off inside the .npy header");
  size_t length = byte(8) | byte(9) << 8;
  if (version == 2) length |= byte(10) << 16 | byte(11) << 24;
  if (bytes.size() - begin < length) throw InputError(place + ": cut off inside the .npy header");
  return {bytes.substr(begin, length), bytes.substr(begin + length)};
}

ElementType readable_type(const std::string& dtype, const std::string& place) {
  if (const auto type = element_type(dtype)) return *type;
  if (dtype.starts_with('[')) {
    throw InputError(place + ": a structured array (records with fields); allowed are " + allowed_integer_types());
  }
  const bool object = dtype.ends_with('O');
  throw InputError(place + ": elements of type \"" + dtype + "\"" +
                   (object ? ", Python objects, which a pickle inside the file describes;" : ";") + " allowed are " +
                   allowed_integer_types() + (object ? " (numpy.save a plain array)" : ""));
}

}  // namespace

NpyArray parse_npy(std::string_view bytes, const std::string& place) {
  const Split parts = split_file(bytes, place);
  const auto header = HeaderReader(parts.header, place).read();
  const ElementType type = readable_type(*header.dtype, place);
  if (*header.fortran && header.shape->size() > 1) {
    throw InputError(place + ": stored in Fortran order; save numpy.ascontiguousarray of it");
  }
  const auto count = element_count(*header.shape, std::numeric_limits<int64_t>::max() / 8);
  const size_t size = parts.data.size();
  if (!count || static_cast<size_t>(*count) * type.bytes != size) {
    throw InputError(place + ": its header promises " + shape_text(*header.shape) + " elements of " + type.name +
                     ", but " + std::to_string(size) + " bytes follow, " + std::to_string(size / type.bytes) +
                     " elements" + (size % type.bytes != 0 ? " and a cut one" : ""));
  }
  return {.type = type, .shape = *header.shape, .data = parts.data};
}

std::string npy_dtype(std::string_view bytes, const std::string& place) {
  return *HeaderReader(split_file(bytes, place).header, place).read().dtype;
}

std::string_view npy_objects(std::string_view bytes, const std::string& place) { return split_file(bytes, place).data; }

std::string npy_of(std::string_view dtype, const std::vector<int64_t>& shape, std::string_view data) {
  NLB_CHECK(!shape.empty(), "an array has dimensions");
  std::string sizes;
  for (size_t i = 0; i < shape.size(); ++i) sizes += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  std::string header = "{'descr': '" + std::string(dtype) + "', 'fortran_order': False, 'shape': (" + sizes +
                       (shape.size() == 1 ? "," : "") + "), }";
  constexpr size_t kAlignment = 64, kBegin = 10;
  // numpy leaves room for the first size to grow to 21 digits, then pads to whole lines of 64 bytes.
  constexpr size_t kGrowth = 21;
  header.append(kGrowth - std::to_string(shape[0]).size(), ' ');
  header.append(kAlignment - 1 - (kBegin + header.size()) % kAlignment, ' ');
  header += '\n';
  std::string bytes(kNpyMagic);
  bytes += std::string("\x01\x00", 2);
  append_little_endian(bytes, header.size(), 2);
  return bytes.append(header).append(data);
}

std::string npy_of(std::span<const int64_t> values) {
  std::string data;
  for (const int64_t value : values) append_little_endian(data, static_cast<uint64_t>(value), 8);
  return npy_of("<i8", {std::ssize(values)}, data);
}

}  // namespace nlb
