#include "formats/pickle_text.h"

#include <charconv>
#include <cstdint>

#include "core/letters.h"

namespace nlb {
namespace {

std::optional<uint32_t> hexadecimal(std::string_view digits) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// The byte that a letter behind a backslash stands for, other than x.
std::optional<char> escaped(char letter) {
  switch (letter) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '\\':
    case '\'':
    case '"':
      return letter;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<std::string> from_repr(std::string_view quoted) {
  if (quoted.size() < 2 || quoted.front() != quoted.back()) return std::nullopt;
  if (quoted.front() != '\'' && quoted.front() != '"') return std::nullopt;
  const std::string_view text = quoted.substr(1, quoted.size() - 2);
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    if (text[i] == 'x') {
      const auto byte = hexadecimal(text.substr(i + 1, 2));
      if (!byte || i + 2 >= text.size()) return std::nullopt;
      bytes += static_cast<char>(*byte);
      i += 2;
    } else if (const auto letter = escaped(text[i])) {
      bytes += *letter;
    } else {
      return std::nullopt;
    }
  }
  return bytes;
}

std::optional<std::string> from_raw_unicode_escape(std::string_view text) {
  constexpr uint32_t kLast = 0x10FFFF;
  std::string utf8;
  for (size_t i = 0; i < text.size(); ++i) {
    const char kind = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : ' ';
    if (kind != 'u' && kind != 'U') {
      append_utf8(static_cast<uint8_t>(text[i]), utf8);
      continue;
    }
    const size_t digits = kind == 'u' ? 4 : 8;
    const auto point = hexadecimal(text.substr(i + 2, digits));
    if (!point || *point > kLast || i + 2 + digits > text.size()) return std::nullopt;
    append_utf8(*point, utf8);
    i += 1 + digits;
  }
  return utf8;
}

std::optional<std::string> from_latin1(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte < 0x80) {
      bytes += text[i];
      continue;
    }
    const auto next = i + 1 < text.size() ? static_cast<uint8_t>(text[i + 1]) : uint8_t{0};
    if ((byte != 0xC2 && byte != 0xC3) || (next & 0xC0) != 0x80) return std::nullopt;
    bytes += static_cast<char>((byte & 0x03) << 6 | (next & 0x3F));
    ++i;
  }
  return bytes;
}

}  // namespace nlb
