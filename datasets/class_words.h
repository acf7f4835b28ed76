// datasets/class_words.h -- which classes the words of a user's label columns are. The same class is often written in
// two ways: a program that fills a column partly turns 1 into 1.0, another writes TRUE for True. docs/own_data.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "formats/line_problems.h"

namespace nlb {

/// The labels of one row as they are written; "" where there is none.
struct LabelWords {
  int64_t line = 0;
  std::string label, clean;
  bool test = false;
};

struct ClassWords {
  std::vector<std::string> names;          ///< of each class: the spelling that most labels have
  std::map<std::string, int64_t> classes;  ///< every word -> its class
  std::vector<std::string> notes;          ///< whole sentences: what was taken as one class, what looks like one
};

/// One class: numerically equal words (1, 1.0, +1, 01, 1e0), true and True, and True and 1 where all words are
/// booleans, 0 or 1. Classes are in the order of numbers where all are numbers, else by the bytes of their names. Adds
/// a problem for each word that occurs as a clean label only and may be no class, which it is not here: what reads as
/// a missing value (nan, None, ?, a negative number where no label is one), and, where no test row has it either, a
/// number among words, 255 or 999 above all other numbers, and a word that half of the clean labels are. Adds a problem
/// where two or more classes of labels and of clean labels have none in common.
ClassWords read_class_words(const std::vector<LabelWords>& rows, LineProblems& problems);

}  // namespace nlb
