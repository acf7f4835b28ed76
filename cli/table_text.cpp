#include "cli/table_text.h"

#include <algorithm>

namespace nlb {
namespace {

/// Characters, not bytes: titles hold UTF-8.
size_t width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & '\xC0') != '\x80'; }));
}

}  // namespace

std::string aligned(const std::vector<TextRow>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width(row[c]));
  }
  std::string text;
  for (const auto& row : rows) {
    for (size_t c = 0; c < row.size(); ++c) {
      text += row[c];
      if (c + 1 < row.size()) text += std::string(widths[c] - width(row[c]) + 2, ' ');
    }
    text += "\n";
  }
  return text;
}

std::string trials_text(size_t count) { return std::to_string(count) + (count == 1 ? " trial" : " trials"); }

}  // namespace nlb
