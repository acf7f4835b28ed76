#include "formats/element_type.h"

#include <array>
#include <bit>
#include <cmath>

#include "core/error.h"
#include "core/text.h"

namespace nlb {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are taken from little-endian bytes as they lie");

struct NamedType {
  std::string_view letters;
  ElementType type;
};

using Kind = ElementType::Kind;
constexpr std::array kTypes = {NamedType{"i8", {Kind::signed_integer, 8, "int64"}},
                               NamedType{"i4", {Kind::signed_integer, 4, "int32"}},
                               NamedType{"i2", {Kind::signed_integer, 2, "int16"}},
                               NamedType{"i1", {Kind::signed_integer, 1, "int8"}},
                               NamedType{"u1", {Kind::unsigned_integer, 1, "uint8"}},
                               NamedType{"u2", {Kind::unsigned_integer, 2, "uint16"}},
                               NamedType{"u4", {Kind::unsigned_integer, 4, "uint32"}},
                               NamedType{"u8", {Kind::unsigned_integer, 8, "uint64"}},
                               NamedType{"b1", {Kind::truth, 1, "bool"}},
                               NamedType{"f2", {Kind::real, 2, "float16"}},
                               NamedType{"f4", {Kind::real, 4, "float32"}},
                               NamedType{"f8", {Kind::real, 8, "float64"}}};

uint64_t little_endian(std::string_view data, size_t at, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value |= static_cast<uint64_t>(static_cast<uint8_t>(data[at + i])) << (8 * i);
  return value;
}

/// IEEE 754's binary16: a sign, 5 bits of exponent (15 is 2^0), 10 of fraction.
double half_of(uint64_t word) {
  constexpr int kSpecial = 31, kBias = 15, kFraction = 10;
  const auto exponent = static_cast<int>(word >> kFraction & 31);
  const auto fraction = static_cast<double>(word & 1023);
  double size = exponent == 0 ? std::ldexp(fraction, 1 - kBias - kFraction)
                              : std::ldexp(1024 + fraction, exponent - kBias - kFraction);
  if (exponent == kSpecial) size = fraction == 0 ? HUGE_VAL : std::nan("");
  return word >> 15 != 0 ? -size : size;
}

double real_of(uint64_t word, const ElementType& type) {
  if (type.kind == Kind::truth) return word == 0 ? 0 : 1;
  if (type.bytes == 2) return half_of(word);
  if (type.bytes == 4) return static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(word)));
  return std::bit_cast<double>(word);
}

}  // namespace

std::optional<ElementType> element_type(std::string_view dtype) {
  if (dtype.empty()) return std::nullopt;
  const bool has_order = std::string_view("<>=|").find(dtype.front()) != std::string_view::npos;
  const char order = has_order ? dtype.front() : '=';
  const std::string_view letters = has_order ? dtype.substr(1) : dtype;
  for (const NamedType& named : kTypes) {
    if (letters == named.letters && (order != '>' || named.type.bytes == 1)) return named.type;
  }
  return std::nullopt;
}

std::string allowed_integer_types() {
  std::vector<std::string> names;
  for (const NamedType& named : kTypes) {
    if (named.type.is_integer()) names.emplace_back(named.type.name);
  }
  return join(names, ", ") + ", little-endian";
}

std::vector<int64_t> integers_of(std::string_view data, const ElementType& type) {
  NLB_CHECK(type.is_integer() && data.size() % type.bytes == 0, "whole integers");
  const auto unused = static_cast<int>(64 - 8 * type.bytes);
  std::vector<int64_t> values;
  values.reserve(data.size() / type.bytes);
  for (size_t at = 0; at < data.size(); at += type.bytes) {
    const uint64_t word = little_endian(data, at, type.bytes);
    const bool is_signed = type.kind == ElementType::Kind::signed_integer;
    values.push_back(is_signed ? std::bit_cast<int64_t>(word << unused) >> unused : static_cast<int64_t>(word));
  }
  return values;
}

std::vector<double> reals_of(std::string_view data, const ElementType& type) {
  NLB_CHECK(!type.is_integer() && data.size() % type.bytes == 0, "whole real numbers");
  std::vector<double> values;
  values.reserve(data.size() / type.bytes);
  for (size_t at = 0; at < data.size(); at += type.bytes) {
    values.push_back(real_of(little_endian(data, at, type.bytes), type));
  }
  return values;
}

std::optional<int64_t> element_count(const std::vector<int64_t>& shape, int64_t limit) {
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 0) return std::nullopt;
    if (size == 0) return 0;
  }
  for (const int64_t size : shape) {
    if (size > limit / count) return std::nullopt;
    count *= size;
  }
  return count;
}

std::string shape_text(const std::vector<int64_t>& shape) {
  std::vector<std::string> sizes;
  for (const int64_t size : shape) sizes.push_back(std::to_string(size));
  return "[" + join(sizes, ", ") + "]";
}

}  // namespace nlb
