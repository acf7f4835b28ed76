#include "datasets/label_table.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>

#include "core/durable.h"
#include "core/error.h"
#include "core/json.h"
#include "core/letters.h"
#include "core/text.h"
#include "datasets/class_words.h"
#include "datasets/label_sources.h"
#include "datasets/near_file.h"
#include "datasets/training_data.h"
#include "facts/own_dataset.h"
#include "formats/csv.h"

namespace nlb {
namespace {

constexpr size_t kLongestShown = 60;
const std::vector<std::string> kColumns = {"path", "label", "clean_label", "split", "picked"};

bool is_utf8(const std::string& text) {
  try {
    Json(text).dump();
    return true;
  } catch (const Json::type_error&) {  // text that JSON could not hold
    return false;
  }
}

/// Column name -> position in a record.
using Columns = std::map<std::string, size_t>;

void check_encoding(const std::vector<CsvRecord>& records, LineProblems& problems) {
  for (const auto& record : records) {
    if (!std::all_of(record.fields.begin(), record.fields.end(), is_utf8))
      problems.add(record.line, "encoding", "is not UTF-8; save the file in that encoding");
    const auto holds_nul = [](const std::string& field) { return field.find('\0') != std::string::npos; };
    if (std::any_of(record.fields.begin(), record.fields.end(), holds_nul))
      problems.add(record.line, "NUL", "holds a NUL byte, which a text never does; save the file again in UTF-8");
  }
}

std::string shown_name(const std::string& name) {
  return name.size() > kLongestShown ? "a name of " + std::to_string(name.size()) + " bytes" : '"' + name + '"';
}

/// The known column that is not there and that `name` may stand for.
std::optional<std::string> meant_column(const std::string& name, const Columns& columns) {
  std::vector<std::string> absent;
  for (const auto& known : kColumns) {
    if (!columns.contains(known)) absent.push_back(known);
  }
  const auto alike = std::find_if(absent.begin(), absent.end(),
                                  [&](const std::string& known) { return look_of(known) == look_of(name); });
  return alike != absent.end() ? std::optional(*alike) : nearest(name, absent);
}

/// Columns that stand for none of ours: pandas writes its index as one without a name.
void sort_out_further(const std::vector<std::string>& further, const CsvRecord& header, const Columns& columns,
                      LineProblems& problems, std::vector<std::string>& notes) {
  std::vector<std::string> left_alone;
  for (const auto& name : further) {
    if (const auto meant = meant_column(name, columns); meant && !name.empty()) {
      problems.add(header.line, "header",
                   "no column " + shown_name(name) + "; nearest is \"" + *meant +
                       "\"; columns that are read: " + join(kColumns, ", "));
    } else {
      left_alone.push_back(name.empty() ? "one without a name" : shown_name(name));
    }
  }
  constexpr size_t kShownColumns = 10;
  const size_t count = left_alone.size();
  if (count > kShownColumns) left_alone.resize(kShownColumns);
  if (count == 0) return;
  notes.push_back("columns that are not read: " + join(left_alone, ", ") +
                  (count > kShownColumns ? " and " + std::to_string(count - kShownColumns) + " more" : "") +
                  "; read are " + join(kColumns, ", "));
}

Columns read_header(const CsvRecord& header, LineProblems& problems, std::vector<std::string>& notes) {
  Columns columns;
  for (const auto& [sign, name] : {std::pair(';', "semicolons"), std::pair('|', "bars"), std::pair(' ', "spaces")}) {
    if (header.fields.size() != 1 || header.fields.front().find(sign) == std::string::npos) continue;
    problems.add(header.line, "header", "fields are separated by " + std::string(name) + "; save the file with commas");
    return columns;
  }
  std::vector<std::string> further;
  for (size_t i = 0; i < header.fields.size(); ++i) {
    const auto& name = header.fields[i];
    if (std::find(kColumns.begin(), kColumns.end(), name) == kColumns.end()) {
      further.push_back(name);
    } else if (!columns.emplace(name, i).second) {
      problems.add(header.line, "header", "column \"" + name + "\" occurs twice");
    }
  }
  sort_out_further(further, header, columns, problems, notes);
  for (const auto* needed : {"path", "label"}) {
    if (!columns.contains(needed)) problems.add(header.line, "header", "no column \"" + std::string(needed) + "\"");
  }
  return columns;
}

std::string field_of(const CsvRecord& record, const Columns& columns, const std::string& name) {
  const auto found = columns.find(name);
  return found == columns.end() ? "" : record.fields[found->second];
}

/// The label in that column; "" for blank fields.
std::string label_of(const CsvRecord& record, const Columns& columns, const std::string& name, LineProblems& problems) {
  auto word = field_of(record, columns, name);
  if (std::any_of(word.begin(), word.end(), [](char letter) { return letter >= 0 && letter < ' '; })) {
    problems.add(record.line, "control character",
                 name + " \"" + unmistakable(word) + "\" holds a control character; remove it");
  }
  if (trimmed(word).empty()) word.clear();
  return word;
}

/// Of POSIX, and as Windows writes one.
bool is_absolute(const std::string& path) {
  const bool drive = path.size() > 1 && path[1] == ':' && std::isalpha(static_cast<unsigned char>(path[0])) != 0;
  return path.starts_with('/') || path.starts_with('\\') || drive;
}

/// Where a path stood first.
using SeenPaths = std::map<std::string, int64_t>;

void check_path(const LabelWords& words, const std::string& written, SeenPaths& seen, LineProblems& problems) {
  const std::filesystem::path path(written);
  if (written.empty()) return problems.add(words.line, "path", "path is empty");
  if (written.find_first_of("\r\n") != std::string::npos) {
    problems.add(words.line, "path", "path holds a line end");
  }
  if (is_absolute(written) || std::find(path.begin(), path.end(), "..") != path.end()) {
    problems.add(words.line, "path",
                 "path \"" + written + "\" leaves the image folder; write it relative to that folder, without ..");
  }
  const auto [place, fresh] = seen.emplace(path.lexically_normal().string(), words.line);
  if (!fresh) {
    problems.add(words.line, "twice",
                 "path \"" + written + "\" is in line " + std::to_string(place->second) + " already");
  }
}

/// Whether the row was looked at because its label looked wrong.
bool is_suspect(const CsvRecord& record, const Columns& columns, const LabelWords& words, LineProblems& problems) {
  const auto picked = field_of(record, columns, "picked");
  if (!picked.empty() && picked != "random" && picked != "suspect") {
    problems.add(record.line, "picked",
                 "picked \"" + picked + "\"; allowed: random, suspect (empty: random); it says how a row with a " +
                     "clean_label was chosen for checking");
  }
  if (picked != "suspect") return false;
  if (words.test) {
    problems.add(record.line, "picked test",
                 "a test row picked as suspect; test rows are picked at random, or accuracies speak of no others");
  } else if (words.clean.empty()) {
    problems.add(record.line, "picked without",
                 "picked as suspect but without a clean_label; fill it in or empty both");
  }
  return true;
}

/// Rows of the table without their classes, and their labels as written.
struct Records {
  std::vector<LabelRow> rows;
  std::vector<LabelWords> words;
  std::vector<int64_t> blank_lines;  ///< as spreadsheets leave below a table
};

bool is_blank(const CsvRecord& record) {
  return std::all_of(record.fields.begin(), record.fields.end(),
                     [](const std::string& field) { return trimmed(field).empty(); });
}

Records read_records(const std::vector<CsvRecord>& records, const Columns& columns, LineProblems& problems) {
  Records all;
  SeenPaths seen;
  for (const auto& record : records) {
    if (&record == &records.front()) continue;
    if (is_blank(record)) {
      all.blank_lines.push_back(record.line);
      continue;
    }
    if (record.fields.size() != records.front().fields.size()) {
      problems.add(record.line, "fields",
                   std::to_string(record.fields.size()) + " fields; the header has " +
                       std::to_string(records.front().fields.size()));
      continue;
    }
    const auto split = field_of(record, columns, "split");
    LabelWords words{.line = record.line,
                     .label = label_of(record, columns, "label", problems),
                     .clean = label_of(record, columns, "clean_label", problems),
                     .test = split == "test"};
    if (!split.empty() && split != "train" && split != "test") {
      problems.add(words.line, "split", "split \"" + split + "\"; allowed: train, test (empty: train)");
    }
    if (!words.test && words.label.empty()) problems.add(words.line, "label", "training image without a label");
    all.rows.push_back({.line = words.line,
                        .path = field_of(record, columns, "path"),
                        .test = words.test,
                        .suspect = is_suspect(record, columns, words, problems)});
    check_path(words, all.rows.back().path, seen, problems);
    all.words.push_back(std::move(words));
  }
  return all;
}

int64_t class_of(const std::string& word, const ClassWords& classes, int64_t none) {
  const auto found = classes.classes.find(word);
  return found == classes.classes.end() ? none : found->second;
}

/// Tabs where the header has no comma: a field of it may hold neither.
char separator_of(std::string_view text) {
  const auto header = text.substr(0, text.find_first_of("\r\n"));
  return header.find(',') == std::string_view::npos && header.find('\t') != std::string_view::npos ? '\t' : ',';
}

/// What to do in Python about a table in another form; "" for other files.
std::string table_cure(std::string_view bytes) {
  const auto cure = [](const std::string& reader) {
    return "; in Python: pandas." + reader + R"((FILE).to_csv("labels.csv", index=False))";
  };
  if (bytes.starts_with("PK") || bytes.starts_with("\xd0\xcf")) return cure("read_excel");
  return bytes.starts_with("PAR1") ? cure("read_parquet") : "";
}

}  // namespace

int64_t LabelTable::count(bool test) const {
  return std::count_if(rows.begin(), rows.end(), [&](const LabelRow& row) { return row.test == test; });
}

void check_splits(const LabelTable& table, LineProblems& problems) {
  if (table.count(false) == 0) problems.add("has no training row");
  const LabelRow* first = nullptr;
  int64_t untrusted = 0;
  for (const auto& row : table.rows) {
    if (!row.test || row.clean != kUnknownLabel) continue;
    if (first == nullptr) first = &row;
    ++untrusted;
  }
  if (table.count(true) == 0) {
    problems.add("no row has split \"test\": " + hand_checking_advice());
  } else if (untrusted > 0) {
    problems.add(std::to_string(untrusted) + " of " + std::to_string(table.count(true)) +
                 " test rows have no clean_label, the first in line " + std::to_string(first->line) + ": " +
                 hand_checking_advice());
  }
}

bool is_label_table(const std::filesystem::path& file) {
  auto extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  if (extension == ".csv" || extension == ".tsv" || extension == ".tab") return true;
  if (extension != ".txt") return false;
  std::ifstream stream(file, std::ios::binary);
  std::string header;
  std::getline(stream, header);
  return header.find("path") != std::string::npos && header.find("label") != std::string::npos;
}

LabelTable read_label_table(const std::filesystem::path& file, LineProblems& problems) {
  LabelTable table{.file = file.string(), .class_names = {}, .rows = {}, .notes = {}};
  if (!std::filesystem::is_regular_file(file))
    throw InputError(table.file + ": no such file" + near_file_words("", file));
  const auto text = read_file(file);
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    throw InputError(table.file + ": is UTF-16, as Excel's \"Unicode text\" is; save it as CSV in UTF-8");
  }
  if (const auto kind = known_kind(text); !kind.empty()) {
    throw InputError(table.file + ": " + kind + "; labels of own images are a CSV in UTF-8" + table_cure(text));
  }
  const auto records = read_csv(text, table.file, separator_of(text));
  if (records.empty()) throw InputError(table.file + ": is empty; needs a header: " + join(kColumns, ","));
  check_encoding(records, problems);
  if (!problems.empty()) return table;  // whatever else there is to say would be in letters nobody can read
  const auto columns = read_header(records.front(), problems, table.notes);
  if (!problems.empty()) return table;  // without its columns no record means anything
  if (records.size() == 1) {
    problems.add("has no row below its header");
    return table;
  }
  auto all = read_records(records, columns, problems);
  if (!all.blank_lines.empty()) {
    table.notes.push_back("rows that hold nothing are passed over: " + std::to_string(all.blank_lines.size()) +
                          ", the first in line " + std::to_string(all.blank_lines.front()));
  }
  auto classes = read_class_words(all.words, problems);
  if (classes.names.size() < 2 || classes.names.size() > kMostOwnClasses) {
    problems.add(std::to_string(classes.names.size()) + " different classes among its labels; 2 to 255 are allowed");
  }
  for (size_t i = 0; i < all.rows.size(); ++i) {
    all.rows[i].label = class_of(all.words[i].label, classes, kNoLabel);
    all.rows[i].clean = class_of(all.words[i].clean, classes, kUnknownLabel);
  }
  table.class_names = std::move(classes.names);
  table.rows = std::move(all.rows);
  table.notes.insert(table.notes.end(), classes.notes.begin(), classes.notes.end());
  return table;
}

}  // namespace nlb
