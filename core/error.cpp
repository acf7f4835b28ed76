#include "core/error.h"

namespace nlb {

void fail_check(const char* file, int line, const char* condition, const std::string& message) {
  throw InternalError(std::string(file) + ":" + std::to_string(line) + ": " + message + " (" + condition + ")");
}

void Problems::throw_if_any() const {
  if (lines_.empty()) return;
  std::string text;
  for (const auto& line : lines_) text += (text.empty() ? "" : "\n") + line;
  throw InputError(text);
}

}  // namespace nlb
