// cli/table_text.h -- columns of words, aligned for a terminal, and counted things.
#pragma once

#include <string>
#include <vector>

namespace nlb {

using TextRow = std::vector<std::string>;

/// One line per row, columns padded to their widest cell, two blanks between, nothing behind the last.
std::string aligned(const std::vector<TextRow>& rows);
/// "1 trial", "2 trials".
std::string trials_text(size_t count);

}  // namespace nlb
