// formats/element_type.h -- the number types of numpy arrays that are read, and their bytes as numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nlb {

/// A number type by numpy's short name.
struct ElementType {
  enum class Kind : uint8_t { unsigned_integer, signed_integer, real, truth };
  Kind kind = Kind::signed_integer;
  size_t bytes = 8;
  const char* name = "";  ///< "int64", as numpy prints it
  bool is_integer() const { return kind == Kind::unsigned_integer || kind == Kind::signed_integer; }
};

/// "<i8", "|u1", "i8" (the machine's order, taken as little-endian). Nothing for other types and for big-endian ones.
std::optional<ElementType> element_type(std::string_view dtype);
/// int32, int64 and uint8 are what label files hold; also the other widths.
std::string allowed_integer_types();

/// Little-endian elements as numbers; `data` is a whole number of elements, `type` an integer type. Of uint64, what
/// does not fit int64 comes out negative.
std::vector<int64_t> integers_of(std::string_view data, const ElementType& type);
/// The same of float16, float32, float64 and of truth values (0 and 1).
std::vector<double> reals_of(std::string_view data, const ElementType& type);

/// The number of elements that `shape` asks for, if it is at most `limit`.
std::optional<int64_t> element_count(const std::vector<int64_t>& shape, int64_t limit);
/// "[50000]", "[10, 3072]".
std::string shape_text(const std::vector<int64_t>& shape);

}  // namespace nlb
