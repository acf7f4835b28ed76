// datasets/label_table.h -- a user's own labels: CSV with the columns path, label and, where there are some,
// clean_label and split. docs/own_data.md says what each means.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"

namespace nlb {

struct LabelRow {
  int64_t line = 0;
  std::string path;              ///< as written, relative to the image folder
  int64_t label = 0, clean = 0;  ///< classes; kNoLabel and kUnknownLabel where the field is empty
  bool test = false;
};

struct LabelTable {
  std::string file;
  std::vector<std::string> class_names;  ///< every word among the labels: as numbers where all are, else by bytes
  std::vector<LabelRow> rows;            ///< in the file's order, which is the official order of both parts
  int64_t count(bool test) const;
};

/// Collects problems of many lines and keeps a message readable: the first of each kind, then how many more.
class LineProblems {
 public:
  explicit LineProblems(std::string file) : file_(std::move(file)) {}
  void add(int64_t line, const std::string& kind, const std::string& text);
  void add(const std::string& text);  ///< of the whole file
  bool empty() const { return lines_.empty(); }
  void throw_if_any() const;  ///< InputError

 private:
  struct Kind {
    std::string name;
    int64_t count = 0;
  };
  std::string file_;
  std::vector<std::string> lines_;
  std::vector<Kind> kinds_;
};

/// Reads what can be read and adds all problems of the file: unknown columns and splits, a path twice or outside the
/// folder, a training row without a label, fewer than two classes or more than 255.
LabelTable read_label_table(const std::filesystem::path& file, LineProblems& problems);

/// Adds a problem where nothing could be trained or scored: no training row, or a test split that is empty or not
/// trusted, with what hand-checking would buy.
void check_splits(const LabelTable& table, LineProblems& problems);

}  // namespace nlb
