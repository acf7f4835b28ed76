#include "core/error.h"

#include <cctype>
#include <map>

#include "core/shown_problems.h"

namespace nlb {
namespace {

/// What problems of one kind have in common: the text without its numbers and without what stands in quotes.
std::string kind_of(const std::string& line) {
  std::string kind;
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && (i == 0 || line[i - 1] != '\\')) quoted = !quoted;
    if (quoted) continue;
    const bool digit = std::isdigit(static_cast<unsigned char>(line[i])) != 0;
    if (!digit) kind += line[i];
    if (digit && (kind.empty() || kind.back() != '#')) kind += '#';
  }
  return kind;
}

}  // namespace

void fail_check(const char* file, int line, const char* condition, const std::string& message) {
  throw InternalError(std::string(file) + ":" + std::to_string(line) + ": " + message + " (" + condition + ")");
}

void Problems::throw_if_any() const {
  if (lines_.empty()) return;
  std::map<std::string, int64_t> counts;
  std::vector<std::string> kinds;  // in the order of their first line
  std::string text;
  for (const auto& line : lines_) {
    auto kind = kind_of(line);
    const int64_t count = ++counts[kind];
    if (count == 1) kinds.push_back(std::move(kind));
    if (count <= kShownOfAKind) text += (text.empty() ? "" : "\n") + line;
  }
  for (const auto& kind : kinds) {
    const int64_t more = counts[kind] - kShownOfAKind;
    if (more > 0) text += "\nand " + std::to_string(more) + " more of this kind: " + kind;
  }
  throw InputError(text);
}

}  // namespace nlb
