// datasets/label_table.h -- a user's own labels: CSV with the columns path, label and, where there are some,
// clean_label, split and picked. docs/own_data.md says what each means.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "formats/line_problems.h"

namespace nlb {

struct LabelRow {
  int64_t line = 0;
  std::string path;              ///< as written, relative to the image folder
  int64_t label = 0, clean = 0;  ///< classes; kNoLabel and kUnknownLabel where the field is empty
  bool test = false;
  bool suspect = false;  ///< looked at because its label looked wrong: counts for no estimate
};

struct LabelTable {
  std::string file;
  std::vector<std::string> class_names;  ///< as read_class_words gives them
  std::vector<LabelRow> rows;            ///< in the file's order, which is the official order of both parts
  std::vector<std::string> notes;        ///< what a user should know before trusting it, whole sentences
  int64_t count(bool test) const;
};

/// Whether a file is read as such a table: .csv, .tsv, .tab in any case by its name alone, .txt where its first line
/// has the columns path and label.
bool is_label_table(const std::filesystem::path& file);

/// Reads what can be read and adds all problems of the file: misspelt columns, unknown splits, a path twice or outside
/// the folder, a training row without a label, words that read as missing values, fewer than two classes or more than
/// 255. Fields are separated by commas, or by tabs where the header has tabs only. Further columns are left alone, with
/// a note.
LabelTable read_label_table(const std::filesystem::path& file, LineProblems& problems);

/// Adds a problem where nothing could be trained or scored: no training row, or a test split that is empty or not
/// trusted, with what hand-checking would buy.
void check_splits(const LabelTable& table, LineProblems& problems);

}  // namespace nlb
