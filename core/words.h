// core/words.h -- closed words of files as enums. Each such enum has `words_of` beside it: every word once, from which
// reading, writing and an error's "allowed here" follow. A typo in code is then a compile error.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/json.h"

namespace nlb {

template <typename Enum>
struct Word {
  Enum meaning;
  std::string_view word;
};
template <typename Enum>
using WordsOf = std::span<const Word<Enum>>;

/// The word of `meaning`, as files have it.
template <typename Enum>
std::string word_of(Enum meaning) {
  for (const Word<Enum>& one : words_of(meaning)) {
    if (one.meaning == meaning) return std::string(one.word);
  }
  NLB_CHECK(false, "every meaning has a word");
  return {};
}

/// What `word` means; empty for a word that is not one of the enum's.
template <typename Enum>
std::optional<Enum> meaning_of(std::string_view word) {
  for (const Word<Enum>& one : words_of(Enum{})) {
    if (one.word == word) return one.meaning;
  }
  return std::nullopt;
}

/// Member `key`; a word that is not one of the enum's is a problem at its place.
template <typename Enum>
Enum read_word(ObjectReader& reader, const std::string& key) {
  std::vector<std::string> allowed;
  for (const Word<Enum>& one : words_of(Enum{})) allowed.emplace_back(one.word);
  return meaning_of<Enum>(reader.one_of(key, allowed)).value();
}

}  // namespace nlb
