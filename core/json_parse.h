// core/json_parse.h -- text to a JSON value, strictly: one place for syntax, duplicate keys, depth and file access.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace nlb {

/// Strict JSON (RFC 8259, no comments). Throws InputError `file:line:column: ...` on a syntax error, a key that occurs
/// twice in one object, or nesting deeper than 64.
nlohmann::ordered_json parse_json(std::string_view text, const std::string& file);
/// The bytes of a file a user named. Throws InputError when it is missing, no regular file, unreadable or above 64 MiB.
std::string read_json_text(const std::filesystem::path& path);

}  // namespace nlb
