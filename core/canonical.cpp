// core/canonical.cpp -- the canonical text of core/json.h, whose SHA-256 is an identity.
#include <algorithm>
#include <cmath>

#include "core/json.h"
#include "core/text.h"

namespace nlb {
namespace {

/// 2 and 2.0 are one number and must have one identity, so whole doubles print as integers; -0 prints as 0.
std::string number_text(double value) {
  NLB_CHECK(std::isfinite(value), "canonical JSON has no NaN and no infinity");
  const double size = std::abs(value);
  if (value != std::trunc(value) || size >= 0x1p64) return shortest(value);
  return (value < 0 ? "-" : "") + std::to_string(static_cast<uint64_t>(size));
}

void append(const Json& value, std::string& text);

bool stands_for_itself(char c) { return c >= ' ' && c < '\x7f' && c != '"' && c != '\\'; }

/// Nearly every word of a trial is plain ASCII; the library escapes the others and refuses what is not UTF-8.
void append_word(const std::string& word, std::string& text) {
  if (!std::all_of(word.begin(), word.end(), stands_for_itself)) {
    text += Json(word).dump();
    return;
  }
  text += '"';
  text += word;
  text += '"';
}

void append_object(const Json& value, std::string& text) {
  const char* separator = "{";
  for (const auto& [key, member] : value.items()) {  // Json keeps its keys sorted by bytes
    text += separator;
    append_word(key, text);
    text += ':';
    append(member, text);
    separator = ",";
  }
  text += value.empty() ? "{}" : "}";
}

void append_array(const Json& value, std::string& text) {
  const char* separator = "[";
  for (const auto& item : value) {
    text += separator;
    append(item, text);
    separator = ",";
  }
  text += value.empty() ? "[]" : "]";
}

void append(const Json& value, std::string& text) {
  if (value.is_object()) return append_object(value, text);
  if (value.is_array()) return append_array(value, text);
  if (value.is_string()) return append_word(value.get_ref<const std::string&>(), text);
  text += value.is_number_float() ? number_text(value.get<double>()) : value.dump();
}

}  // namespace

std::string canonical_text(const Json& value) {
  std::string text;
  try {
    append(value, text);
  } catch (const Json::type_error& error) {  // a text that is not UTF-8
    throw InternalError(std::string("canonical JSON: ") + error.what());
  }
  return text;
}

}  // namespace nlb
