// core/text.h -- small text helpers that messages and identifiers share.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nlb {

/// The candidate with the smallest edit distance (swaps count one), if it is at most max(1, length / 3).
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);
std::string join(std::span<const std::string> words, std::string_view separator);
std::vector<std::string> split(std::string_view text, char separator);
/// Shortest decimal digits that read back as the same double: 0.4, 1e-05.
std::string shortest(double value);
/// `decimals` digits behind the point, correctly rounded, independent of locale.
std::string fixed(double value, int decimals);
/// `digits` significant ones at most, independent of locale: 0.0123457, 1.2e-09.
std::string significant(double value, int digits);
/// "1 h 05 min", "12 min", "45 s", for people.
std::string duration_text(double seconds);
/// "1.5 GB", powers of 1000.
std::string bytes_text(double bytes);
std::string base64(std::span<const uint8_t> bytes);
/// Throws InputError on characters outside the alphabet or wrong padding.
std::vector<uint8_t> from_base64(std::string_view text);

}  // namespace nlb
