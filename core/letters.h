// core/letters.h -- when two pieces of text look the same to a reader, though their bytes differ: the same letter
// composed otherwise (Unicode's NFC and NFD), spaces, case, letters of other alphabets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nlb {

/// Appends the UTF-8 form of a code point; a surrogate gets its three bytes like any other.
void append_utf8(char32_t point, std::string& text);

/// Unicode's canonical decomposition (NFD) of characters up to U+30FF and of Hangul; others stay. Marks keep the order
/// in which they stand. Bytes that are not UTF-8 stay too.
std::string decomposed(std::string_view text);

/// Each letter with the mark behind it (U+0300 to U+036F) as the one character that Unicode has for both, up to U+30FF;
/// all else stays.
std::string composed(std::string_view text);

/// Equal for two texts that a reader may take for one: decomposed, without spaces of any kind, underscores and
/// characters of no width, in lower case (Latin, Greek, Cyrillic, Armenian), with look-alikes of these alphabets, of
/// the full-width forms, and the digits 0 and 1 as the Latin letters that they resemble. Never for showing.
std::string look_of(std::string_view text);

/// In what two different texts of one look differ, the first that explains it: "how accents are composed", "spaces",
/// "upper and lower case" or "letters that look alike". Nothing where their looks differ.
std::optional<std::string> difference_of_look(std::string_view a, std::string_view b);

/// For messages: characters that cannot be told from others by sight, those outside ASCII, as \uXXXX; control
/// characters as \xXX.
std::string unmistakable(std::string_view text);

/// Without white space of any kind (no-break and ideographic spaces too) at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace nlb
