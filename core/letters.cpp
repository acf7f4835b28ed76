#include "core/letters.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "core/decompositions.h"

namespace nlb {
namespace {

using Letters = std::u32string;

/// One character, and how many bytes it took; a byte that is no UTF-8 stands for itself, above all characters.
struct Decoded {
  char32_t letter = 0;
  size_t bytes = 1;
};
constexpr char32_t kLoneByte = 0x110000;

Decoded decode(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0}; };
  const uint8_t first = byte(at);
  if (first < 0x80) return {first, 1};
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  char32_t letter = first & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return {kLoneByte + first, 1};
    letter = letter << 6 | (byte(at + i) & 0x3Fu);
  }
  if (length == 0 || letter >= kLoneByte) return {kLoneByte + first, 1};
  return {letter, length};
}

Letters letters_of(std::string_view text) {
  Letters letters;
  for (size_t at = 0; at < text.size();) {
    const auto [letter, bytes] = decode(text, at);
    letters += letter;
    at += bytes;
  }
  return letters;
}

void append(std::string& text, char32_t letter) {
  if (letter < kLoneByte) return append_utf8(letter, text);
  text += static_cast<char>(letter - kLoneByte);
}

std::string text_of(const Letters& letters) {
  std::string text;
  for (const char32_t letter : letters) append(text, letter);
  return text;
}

/// Hangul syllables are made of two or three parts by arithmetic (Unicode, section 3.12).
void decompose_syllable(char32_t letter, Letters& parts) {
  constexpr char32_t kFirst = 0xAC00, kLead = 0x1100, kVowel = 0x1161, kTail = 0x11A7, kVowels = 21, kTails = 28;
  const char32_t index = letter - kFirst;
  parts.push_back(kLead + index / (kVowels * kTails));
  parts.push_back(kVowel + index % (kVowels * kTails) / kTails);
  if (index % kTails != 0) parts.push_back(kTail + index % kTails);
}

void decompose(char32_t letter, Letters& parts) {
  if (letter >= 0xAC00 && letter <= 0xD7A3) return decompose_syllable(letter, parts);
  const auto* found = std::lower_bound(std::begin(kDecompositions), std::end(kDecompositions), letter,
                                       [](const Decomposition& entry, char32_t wanted) { return entry.code < wanted; });
  if (found == std::end(kDecompositions) || found->code != letter) {
    parts += letter;
    return;
  }
  decompose(found->first, parts);
  if (found->second != 0) parts.push_back(found->second);
}

Letters decompose_all(const Letters& letters) {
  Letters parts;
  for (const char32_t letter : letters) decompose(letter, parts);
  return parts;
}

bool is_space(char32_t letter) {
  return (letter >= 0x09 && letter <= 0x0D) || letter == 0x20 || letter == 0x85 || letter == 0xA0 || letter == 0x1680 ||
         (letter >= 0x2000 && letter <= 0x200A) || letter == 0x2028 || letter == 0x2029 || letter == 0x202F ||
         letter == 0x205F || letter == 0x3000;
}

bool has_no_width(char32_t letter) {
  return letter == 0xAD || (letter >= 0x200B && letter <= 0x200F) || letter == 0x2060 || letter == 0xFEFF ||
         (letter >= 0xFE00 && letter <= 0xFE0F);
}

Letters without_spaces(Letters letters) {
  std::erase_if(letters, [](char32_t letter) { return is_space(letter) || has_no_width(letter) || letter == '_'; });
  return letters;
}

char32_t lower(char32_t letter) {
  struct Shift {
    char32_t first, last;
    uint32_t by;
  };
  static constexpr std::array<Shift, 9> kShifts = {{{'A', 'Z', 0x20},
                                                    {0xC0, 0xDE, 0x20},
                                                    {0x391, 0x3A9, 0x20},
                                                    {0x400, 0x40F, 0x50},
                                                    {0x410, 0x42F, 0x20},
                                                    {0x531, 0x556, 0x30},
                                                    {0x2160, 0x216F, 0x10},
                                                    {0x24B6, 0x24CF, 0x1A},
                                                    {0xFF21, 0xFF3A, 0x20}}};
  if (letter == 0xD7) return letter;
  for (const auto& shift : kShifts) {
    if (letter >= shift.first && letter <= shift.last) return letter + shift.by;
  }
  // Here capitals and small letters take turns.
  const bool capital_is_odd = (letter >= 0x139 && letter <= 0x148) || (letter >= 0x179 && letter <= 0x17E);
  const bool take_turns = (letter >= 0x100 && letter <= 0x17E && letter != 0x131 && letter != 0x138 &&
                           letter != 0x149 && letter != 0x178) ||
                          (letter >= 0x1E00 && letter <= 0x1E95) || (letter >= 0x460 && letter <= 0x481) ||
                          (letter >= 0x48A && letter <= 0x4BF) || (letter >= 0x4D0 && letter <= 0x52F);
  return take_turns && (letter % 2 == 1) == capital_is_odd ? letter + 1 : letter;
}

Letters in_lower_case(Letters letters) {
  std::transform(letters.begin(), letters.end(), letters.begin(), lower);
  return letters;
}

/// Of letters in lower case.
char32_t latin_look(char32_t letter) {
  static constexpr std::pair<char32_t, char32_t> kLooks[] = {
      {'0', 'o'},    {'1', 'l'},    {'|', 'l'},    {0x131, 'i'},  {0x237, 'j'},  {0x3B1, 'a'},   {0x3B2, 'b'},
      {0x3B5, 'e'},  {0x3B6, 'z'},  {0x3B7, 'h'},  {0x3B9, 'i'},  {0x3BA, 'k'},  {0x3BC, 'm'},   {0x3BD, 'n'},
      {0x3BF, 'o'},  {0x3C1, 'p'},  {0x3C4, 't'},  {0x3C5, 'y'},  {0x3C7, 'x'},  {0x430, 'a'},   {0x432, 'b'},
      {0x435, 'e'},  {0x43A, 'k'},  {0x43C, 'm'},  {0x43D, 'h'},  {0x43E, 'o'},  {0x440, 'p'},   {0x441, 'c'},
      {0x442, 't'},  {0x443, 'y'},  {0x445, 'x'},  {0x455, 's'},  {0x456, 'i'},  {0x458, 'j'},   {0x4BB, 'h'},
      {0x501, 'd'},  {0x51B, 'q'},  {0x51D, 'w'},  {0x555, 'o'},  {0x585, 'o'},  {0x2019, '\''}, {0x2018, '\''},
      {0x2BC, '\''}, {0x2010, '-'}, {0x2011, '-'}, {0x2012, '-'}, {0x2013, '-'}, {0x2014, '-'},  {0x2212, '-'}};
  if (letter >= 0xFF01 && letter <= 0xFF5E) return latin_look(letter - 0xFF01 + '!');
  for (const auto& [from, to] : kLooks) {
    if (from == letter) return to;
  }
  return letter;
}

Letters with_latin_looks(Letters letters) {
  std::transform(letters.begin(), letters.end(), letters.begin(), latin_look);
  return letters;
}

/// Each of them makes more texts equal than the one before.
struct Step {
  const char* difference;
  Letters (*take)(Letters);
};
constexpr std::array<Step, 4> kSteps = {{{"how accents are composed", [](Letters all) { return decompose_all(all); }},
                                         {"spaces", without_spaces},
                                         {"upper and lower case", in_lower_case},
                                         {"letters that look alike", with_latin_looks}}};

}  // namespace

std::string composed(std::string_view text) {
  constexpr char32_t kFirstMark = 0x300, kLastMark = 0x36F;
  Letters whole;
  for (const char32_t letter : letters_of(text)) {
    const auto* found = std::end(kDecompositions);
    if (letter >= kFirstMark && letter <= kLastMark && !whole.empty()) {
      found = std::find_if(std::begin(kDecompositions), std::end(kDecompositions), [&](const Decomposition& entry) {
        return entry.first == whole.back() && entry.second == letter;
      });
    }
    if (found == std::end(kDecompositions)) {
      whole += letter;
    } else {
      whole.back() = found->code;
    }
  }
  return text_of(whole);
}

void append_utf8(char32_t point, std::string& text) {
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point < 0x800) {
    text += static_cast<char>(0xC0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    text += static_cast<char>(0xE0 | point >> 12);
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0 | point >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string decomposed(std::string_view text) { return text_of(decompose_all(letters_of(text))); }

std::string look_of(std::string_view text) {
  auto letters = letters_of(text);
  for (const auto& step : kSteps) letters = step.take(std::move(letters));
  return text_of(letters);
}

std::optional<std::string> difference_of_look(std::string_view a, std::string_view b) {
  auto one = letters_of(a), other = letters_of(b);
  for (const auto& step : kSteps) {
    one = step.take(std::move(one));
    other = step.take(std::move(other));
    if (one == other) return step.difference;
  }
  return std::nullopt;
}

std::string unmistakable(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto hexadecimal = [&](char32_t value, int digits) {
    std::string word;
    for (int i = digits; i-- > 0;) word += kDigits[value >> (4 * i) & 0xF];
    return word;
  };
  std::string shown;
  for (const char32_t letter : letters_of(text)) {
    if (letter >= kLoneByte) {
      shown += "\\x" + hexadecimal(letter - kLoneByte, 2);
    } else if (letter < 0x20 || letter == 0x7F) {
      shown += "\\x" + hexadecimal(letter, 2);
    } else if (letter < 0x7F) {
      shown += static_cast<char>(letter);
    } else {
      shown += letter < 0x10000 ? "\\u" + hexadecimal(letter, 4) : "\\U" + hexadecimal(letter, 8);
    }
  }
  return shown;
}

std::string_view trimmed(std::string_view text) {
  size_t begin = 0, end = 0;
  bool inside = false;
  for (size_t at = 0; at < text.size();) {
    const auto [letter, bytes] = decode(text, at);
    if (!is_space(letter)) {
      if (!inside) begin = at;
      inside = true;
      end = at + bytes;
    }
    at += bytes;
  }
  return inside ? text.substr(begin, end - begin) : std::string_view();
}

}  // namespace nlb
