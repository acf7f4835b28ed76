#include "formats/mat.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <optional>

#include "core/error.h"
#include "core/letters.h"
#include "formats/element_type.h"
#include "formats/gzip.h"

namespace nlb {
namespace {

constexpr size_t kHeader = 128;
constexpr int kDeepest = 16;
constexpr double kLargestWhole = 9007199254740992.0;  // 2^53

// Types of data elements, and classes of arrays.
enum : uint32_t {
  kInt8 = 1,
  kUint8 = 2,
  kUint16 = 4,
  kInt32 = 5,
  kUint32 = 6,
  kMatrix = 14,
  kCompressed = 15,
  kUtf8 = 16,
  kUtf16 = 17
};
enum : uint32_t { kCell = 1, kStruct = 2, kChar = 4, kDouble = 6, kUint64Class = 15 };
constexpr uint32_t kComplex = 0x800;

/// numpy's name of a numeric type of elements; empty for the others.
std::string_view dtype_of(uint32_t type) {
  switch (type) {
    case kInt8:
      return "<i1";
    case kUint8:
      return "<u1";
    case 3:
      return "<i2";
    case kUint16:
      return "<u2";
    case kInt32:
      return "<i4";
    case kUint32:
      return "<u4";
    case 7:
      return "<f4";
    case 9:
      return "<f8";
    case 12:
      return "<i8";
    case 13:
      return "<u8";
    default:
      return {};
  }
}

struct Element {
  uint32_t type = 0;
  std::string_view data;
};

uint32_t word_at(std::string_view bytes, size_t at) {
  uint32_t word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof(word));
  return word;
}

/// Goes through the elements of one array, or of the file.
class Elements {
 public:
  Elements(std::string_view bytes, size_t begin, const std::string& place) : bytes_(bytes), at_(begin), place_(place) {}

  bool at_end() const { return at_ == bytes_.size(); }

  Element next(const char* what) {
    if (bytes_.size() - at_ < 8) fail(std::string("the file ends inside ") + what);
    const uint32_t word = word_at(bytes_, at_), small = word >> 16;
    if (small != 0) {  // size and type in one word, up to four bytes beside them
      if (small > 4) fail("a short element of " + std::to_string(small) + " bytes; at most 4 fit");
      const Element element{word & 0xFFFF, bytes_.substr(at_ + 4, small)};
      at_ += 8;
      return element;
    }
    const size_t size = word_at(bytes_, at_ + 4);
    if (size > bytes_.size() - at_ - 8)
      fail("an element of " + std::to_string(size) + " bytes, which ends beyond the file");
    const Element element{word, bytes_.substr(at_ + 8, size)};
    at_ += 8 + size;
    // Elements begin at multiples of eight bytes; compressed ones alone are not filled up.
    if (word != kCompressed) at_ = std::min(bytes_.size(), (at_ + 7) / 8 * 8);
    return element;
  }

  Element next_of(uint32_t type, const char* what) {
    const Element element = next(what);
    if (element.type != type) fail(std::string(what) + " of type " + std::to_string(element.type));
    return element;
  }

  [[noreturn]] void fail(const std::string& found) const {
    throw InputError(place_ + ": byte " + std::to_string(at_) + ": " + found);
  }

 private:
  std::string_view bytes_;
  size_t at_;
  const std::string& place_;
};

/// Characters of two bytes each; surrogates that find no partner become the replacement character.
std::string of_utf16(std::string_view data) {
  std::string text;
  const auto unit = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<uint8_t>(data[i])) |
           static_cast<uint32_t>(static_cast<uint8_t>(data[i + 1])) << 8;
  };
  for (size_t i = 0; i + 1 < data.size(); i += 2) {
    const uint32_t first = unit(i);
    const bool leads = first >= 0xD800 && first < 0xDC00 && i + 3 < data.size();
    const uint32_t second = leads ? unit(i + 2) : 0;
    if (leads && second >= 0xDC00 && second < 0xE000) {
      append_utf8(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00), text);
      i += 2;
    } else {
      append_utf8(first >= 0xD800 && first < 0xE000 ? 0xFFFD : first, text);
    }
  }
  return text;
}

std::string of_latin1(std::string_view data) {
  std::string text;
  for (const char byte : data) append_utf8(static_cast<uint8_t>(byte), text);
  return text;
}

class ArrayReader {
 public:
  ArrayReader(std::string_view bytes, const std::string& place, int depth)
      : elements_(bytes, 0, place), place_(place), depth_(depth) {}

  MatArray read(std::string& name) {
    if (depth_ > kDeepest) elements_.fail("arrays in arrays in arrays, deeper than " + std::to_string(kDeepest));
    const std::string_view flags = elements_.next_of(kUint32, "an array's flags").data;
    if (flags.size() != 8) elements_.fail("an array's flags of " + std::to_string(flags.size()) + " bytes, expected 8");
    const uint32_t word = word_at(flags, 0), array_class = word & 0xFF;
    if ((word & kComplex) != 0) elements_.fail("complex numbers");
    MatArray array{.kind = kind_of(array_class), .shape = read_shape()};
    name = elements_.next_of(kInt8, "an array's name").data;
    const auto count = element_count(array.shape, INT32_MAX);
    if (!count) elements_.fail("an array of sizes " + shape_text(array.shape));
    if (array.kind == MatArray::Kind::numbers) array.numbers = read_numbers(*count);
    if (array.kind == MatArray::Kind::text) array.text = read_text(array.shape, *count);
    if (array.kind == MatArray::Kind::cell) array.items = read_items(*count);
    if (array.kind == MatArray::Kind::structs) {
      array.fields = read_fields();
      array.items = read_items(*count * std::ssize(array.fields));
    }
    return array;
  }

 private:
  MatArray::Kind kind_of(uint32_t array_class) const {
    if (array_class == kCell) return MatArray::Kind::cell;
    if (array_class == kStruct) return MatArray::Kind::structs;
    if (array_class == kChar) return MatArray::Kind::text;
    if (array_class >= kDouble && array_class <= kUint64Class) return MatArray::Kind::numbers;
    elements_.fail("an array of class " + std::to_string(array_class) + "; expected numbers, text, cells or structs");
  }

  std::vector<int64_t> read_shape() {
    const std::string_view data = elements_.next_of(kInt32, "an array's sizes").data;
    if (data.size() < 8 || data.size() % 4 != 0) elements_.fail("sizes of " + std::to_string(data.size()) + " bytes");
    const auto shape = integers_of(data, *element_type("<i4"));
    for (const int64_t size : shape) {
      if (size < 0) elements_.fail("a size of " + std::to_string(size));
    }
    return shape;
  }

  /// Whatever the class, numbers are stored in the smallest type that holds them all.
  std::vector<double> read_numbers(int64_t count) {
    const Element element = elements_.next("numbers");
    const auto type = element_type(dtype_of(element.type));
    if (!type) elements_.fail("numbers of type " + std::to_string(element.type));
    if (element.data.size() != static_cast<size_t>(count) * type->bytes)
      elements_.fail(std::to_string(element.data.size()) + " bytes for " + std::to_string(count) + " numbers of " +
                     type->name);
    if (!type->is_integer()) return reals_of(element.data, *type);
    std::vector<double> numbers;
    for (const int64_t value : integers_of(element.data, *type)) {
      numbers.push_back(static_cast<double>(value));
      const bool wrapped = type->kind == ElementType::Kind::unsigned_integer && value < 0;
      if (wrapped || std::abs(numbers.back()) > kLargestWhole) elements_.fail("a whole number beyond 2^53");
    }
    return numbers;
  }

  std::string read_text(const std::vector<int64_t>& shape, int64_t count) {
    const Element element = elements_.next("text");
    if (count > 0 && (shape.size() != 2 || shape.front() != 1)) elements_.fail("text of more than one row");
    if (element.type == kUtf8) return std::string(element.data);
    if (element.type == kUtf16 || element.type == kUint16) return of_utf16(element.data);
    if (element.type == kUint8 || element.type == kInt8) return of_latin1(element.data);
    elements_.fail("text of type " + std::to_string(element.type));
  }

  std::vector<std::string> read_fields() {
    const std::string_view size = elements_.next_of(kInt32, "the length of field names").data;
    const size_t length = size.size() == 4 ? word_at(size, 0) : 0;
    const std::string_view names = elements_.next_of(kInt8, "field names").data;
    if (length == 0 || names.size() % length != 0) elements_.fail("field names that do not fill their places");
    std::vector<std::string> fields;
    for (size_t at = 0; at < names.size(); at += length) {
      const std::string_view name = names.substr(at, length);
      fields.emplace_back(name.substr(0, name.find('\0')));
    }
    return fields;
  }

  std::vector<MatArray> read_items(int64_t count) {
    std::vector<MatArray> items;
    for (int64_t i = 0; i < count; ++i) {
      const Element element = elements_.next_of(kMatrix, "an array inside an array");
      std::string unused;
      // MATLAB writes [] as an array of no bytes.
      items.push_back(element.data.empty() ? MatArray{.kind = MatArray::Kind::numbers, .shape = {0, 0}}
                                           : ArrayReader(element.data, place_, depth_ + 1).read(unused));
    }
    return items;
  }

  Elements elements_;
  const std::string& place_;
  int depth_;
};

void check_header(std::string_view bytes, const std::string& place) {
  if (bytes.size() >= 8 && bytes.substr(0, 4) == "\x89HDF")
    throw InputError(place + ": HDF5, as MATLAB's version 7.3 writes it; save it with -v7");
  const std::string_view start = bytes.substr(0, kHeader);
  if (start.size() == kHeader && start.starts_with("MATLAB 7.3"))
    throw InputError(place + ": MATLAB's version 7.3, which is HDF5; save it with -v7");
  if (start.size() < kHeader || start.substr(kHeader - 2) != "IM" || start[kHeader - 3] != 1)
    throw InputError(place + ": not a little-endian level 5 file of MATLAB");
}

}  // namespace

int64_t MatArray::count() const {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

const MatArray* MatArray::field(int64_t index, const std::string& name) const {
  NLB_CHECK(kind == Kind::structs && index >= 0 && index < count(), "an element of a struct array");
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i] == name) return &items[static_cast<size_t>(index) * fields.size() + i];
  }
  return nullptr;
}

std::map<std::string, MatArray> read_mat(std::string_view bytes, const std::string& place, size_t limit) {
  check_header(bytes, place);
  std::map<std::string, MatArray> arrays;
  size_t unpacked = 0;
  for (Elements elements(bytes, kHeader, place); !elements.at_end();) {
    Element element = elements.next("a variable");
    std::string content;
    if (element.type == kCompressed) {
      try {
        content = inflated(element.data, limit - unpacked);
      } catch (const InputError& error) {
        elements.fail(error.what());
      }
      unpacked += content.size();
      if (unpacked > limit) elements.fail("unpacks to more than " + std::to_string(limit) + " bytes");
      element = Elements(content, 0, place).next("a packed variable");
    }
    if (element.type != kMatrix)
      elements.fail("an element of type " + std::to_string(element.type) + "; expected an array");
    std::string name;
    MatArray array = ArrayReader(element.data, place, 1).read(name);
    arrays.insert_or_assign(name, std::move(array));
  }
  return arrays;
}

}  // namespace nlb
