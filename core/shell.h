// core/shell.h -- commands that are printed for people to paste: they must run as they stand.
#pragma once

#include <string>
#include <vector>

namespace nlb {

/// The word as a POSIX shell takes it: unchanged where nothing in it is special to a shell, else in single quotes.
std::string shell_word(const std::string& word);
/// The words behind each other, each quoted where it must be.
std::string shell_words(const std::vector<std::string>& words);

}  // namespace nlb
