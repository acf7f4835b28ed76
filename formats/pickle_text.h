// formats/pickle_text.h -- texts of Python pickles that are not in the file as they are: protocol 0's quoted ones, and
// bytes written as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nlb {

/// 'a\x00\n' with its quotes, as Python 2's repr writes a string: the bytes meant. Nothing for what repr never writes.
std::optional<std::string> from_repr(std::string_view quoted);

/// Python's raw-unicode-escape (\u0041 and \U00000041; other bytes are code points) as UTF-8. Nothing for a broken
/// escape or a code point that does not exist.
std::optional<std::string> from_raw_unicode_escape(std::string_view text);

/// The bytes of a UTF-8 text whose code points are bytes. Nothing where one is not.
std::optional<std::string> from_latin1(std::string_view text);

}  // namespace nlb
