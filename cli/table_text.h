// cli/table_text.h -- columns of words, aligned for a terminal.
#pragma once

#include <string>
#include <vector>

namespace nlb {

using TextRow = std::vector<std::string>;

/// One line a row, columns padded to their widest cell, two blanks between, nothing behind the last.
std::string aligned(const std::vector<TextRow>& rows);

}  // namespace nlb
