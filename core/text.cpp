#include "core/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/error.h"

namespace nlb {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost one each; over bytes.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string with_one_decimal_below_100(double value) {
  const std::string text = fixed(value, value < 99.95 ? 1 : 0);
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

uint32_t sextet(char character) {
  const size_t value = kAlphabet.find(character);
  if (value == std::string_view::npos) throw InputError("base64 text: a character outside A-Z a-z 0-9 + / =");
  return static_cast<uint32_t>(value);
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  size_t best_distance = std::max<size_t>(1, word.size() / 3) + 1;
  std::optional<std::string> best;
  for (const auto& candidate : candidates) {
    const size_t distance = edit_distance(word, candidate);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = candidate;
  }
  return best;
}

std::string join(std::span<const std::string> words, std::string_view separator) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += separator;
    text += words[i];
  }
  return text;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0;;) {
    const size_t end = text.find(separator, begin);
    parts.emplace_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

std::string shortest(double value) {
  char buffer[32];
  const auto end = std::to_chars(std::begin(buffer), std::end(buffer), value).ptr;
  return {buffer, end};
}

std::string significant(double value, int digits) {
  NLB_CHECK(digits >= 1 && digits <= 17, "digits out of range");
  char buffer[32];
  const auto end = std::to_chars(std::begin(buffer), std::end(buffer), value, std::chars_format::general, digits).ptr;
  return {buffer, end};
}

std::string fixed(double value, int decimals) {
  NLB_CHECK(decimals >= 0 && decimals <= 1000, "decimals out of range");
  std::array<char, 1320> room;  // 309 digits before the point, sign, point
  const auto end = std::to_chars(room.begin(), room.end(), value, std::chars_format::fixed, decimals).ptr;
  const std::string_view text(room.begin(), end);
  const bool negative_zero = text.starts_with('-') && text.find_first_not_of("-0.") == std::string_view::npos;
  return std::string(text.substr(negative_zero ? 1 : 0));
}

std::string duration_text(double seconds) {
  if (seconds < 59.5) return fixed(std::max(seconds, 0.0), 0) + " s";
  const int64_t minutes = std::llround(seconds / 60);
  if (minutes < 60) return std::to_string(minutes) + " min";
  const std::string rest = std::to_string(minutes % 60);
  return std::to_string(minutes / 60) + " h " + (rest.size() == 1 ? "0" : "") + rest + " min";
}

std::string bytes_text(double bytes) {
  static constexpr std::string_view kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  size_t unit = 0;
  for (; bytes >= 999.5 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1000;
  return with_one_decimal_below_100(bytes) + " " + std::string(kUnits[unit]);
}

std::string base64(std::span<const uint8_t> bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) group = group << 8 | (j < count ? bytes[i + j] : 0u);
    for (size_t j = 0; j < 4; ++j) text += j <= count ? kAlphabet[group >> (18 - 6 * j) & 63] : '=';
  }
  return text;
}

std::vector<uint8_t> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) throw InputError("base64 text: its length is not a multiple of 4");
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::vector<uint8_t> bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (size_t i = 0; i < text.size(); i += 4) {
    const size_t count = i + 4 == text.size() ? 4 - padding : 4;
    uint32_t group = 0;
    for (size_t j = 0; j < 4; ++j) group = group << 6 | (j < count ? sextet(text[i + j]) : 0u);
    for (size_t j = 0; j + 1 < count; ++j) bytes.push_back(static_cast<uint8_t>(group >> (16 - 8 * j)));
    const uint32_t unused = group & ((1u << (8 * (4 - count))) - 1);
    if (count < 4 && unused != 0) throw InputError("base64 text: bits behind the last byte are not zero");
  }
  return bytes;
}

}  // namespace nlb
