#include "datasets/label_table.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "core/durable.h"
#include "core/json.h"
#include "core/text.h"
#include "datasets/csv.h"
#include "datasets/training_data.h"
#include "facts/own_dataset.h"

namespace nlb {
namespace {

constexpr int64_t kShownOfAKind = 20;
constexpr size_t kLongestShown = 60;
const std::vector<std::string> kColumns = {"path", "label", "clean_label", "split"};

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
  }
}

Columns read_header(const CsvRecord& header, LineProblems& problems) {
  Columns columns;
  const bool one_field = header.fields.size() == 1;
  if (one_field && header.fields.front().find_first_of(";\t") != std::string::npos) {
    problems.add(header.line, "header", "fields are separated by semicolons or tabs; save the file with commas");
    return columns;
  }
  for (size_t i = 0; i < header.fields.size(); ++i) {
    const auto& name = header.fields[i];
    if (std::find(kColumns.begin(), kColumns.end(), name) == kColumns.end()) {
      const auto near = nearest(name, kColumns);
      problems.add(header.line, "header",
                   (name.size() > kLongestShown ? "a name of " + std::to_string(name.size()) + " bytes is no column"
                                                : "no column \"" + name + "\"") +
                       (near ? "; nearest is \"" + *near + "\"" : "") + "; allowed: " + join(kColumns, ", "));
    } else if (!columns.emplace(name, i).second) {
      problems.add(header.line, "header", "column \"" + name + "\" occurs twice");
    }
  }
  for (const auto* needed : {"path", "label"}) {
    if (!columns.contains(needed)) problems.add(header.line, "header", "no column \"" + std::string(needed) + "\"");
  }
  return columns;
}

/// One record before its labels are classes.
struct Words {
  int64_t line = 0;
  std::string path, label, clean;
  bool test = false;
};

std::string field_of(const CsvRecord& record, const Columns& columns, const std::string& name) {
  const auto found = columns.find(name);
  return found == columns.end() ? "" : record.fields[found->second];
}

void check_path(const Words& words, std::map<std::string, int64_t>& seen, LineProblems& problems) {
  const std::filesystem::path path(words.path);
  if (words.path.empty()) return problems.add(words.line, "path", "path is empty");
  if (words.path.find_first_of("\r\n") != std::string::npos) {
    problems.add(words.line, "path", "path holds a line end");
  }
  if (path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end()) {
    problems.add(words.line, "path", "path \"" + words.path + "\" leaves the image folder");
  }
  const auto [place, fresh] = seen.emplace(path.lexically_normal().string(), words.line);
  if (!fresh) {
    problems.add(words.line, "twice",
                 "path \"" + words.path + "\" stands in line " + std::to_string(place->second) + " already");
  }
}

std::vector<Words> read_records(const std::vector<CsvRecord>& records, const Columns& columns, LineProblems& problems) {
  std::vector<Words> all;
  std::map<std::string, int64_t> seen;
  for (const auto& record : records) {
    if (&record == &records.front()) continue;
    if (record.fields.size() != records.front().fields.size()) {
      problems.add(record.line, "fields",
                   std::to_string(record.fields.size()) + " fields; the header has " +
                       std::to_string(records.front().fields.size()));
      continue;
    }
    const auto split = field_of(record, columns, "split");
    Words words{.line = record.line,
                .path = field_of(record, columns, "path"),
                .label = field_of(record, columns, "label"),
                .clean = field_of(record, columns, "clean_label"),
                .test = split == "test"};
    if (!split.empty() && split != "train" && split != "test") {
      problems.add(words.line, "split", "split \"" + split + "\"; allowed: train, test (empty: train)");
    }
    if (!words.test && words.label.empty()) problems.add(words.line, "label", "training image without a label");
    check_path(words, seen, problems);
    all.push_back(std::move(words));
  }
  return all;
}

std::optional<int64_t> as_integer(const std::string& word) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || std::to_string(value) != word) return std::nullopt;
  return value;
}

std::vector<std::string> class_names_of(const std::vector<Words>& all) {
  std::set<std::string> words;
  for (const auto& one : all) {
    for (const auto* word : {&one.label, &one.clean}) {
      if (!word->empty()) words.insert(*word);
    }
  }
  std::vector<std::string> names(words.begin(), words.end());
  if (std::all_of(names.begin(), names.end(), [](const auto& name) { return as_integer(name).has_value(); })) {
    std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return *as_integer(a) < *as_integer(b); });
  }
  return names;
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

void LineProblems::add(int64_t line, const std::string& kind, const std::string& text) {
  auto found = std::find_if(kinds_.begin(), kinds_.end(), [&](const Kind& known) { return known.name == kind; });
  if (found == kinds_.end()) found = kinds_.insert(kinds_.end(), Kind{.name = kind});
  if (++found->count <= kShownOfAKind) lines_.push_back(file_ + ":" + std::to_string(line) + ": " + text);
}

void LineProblems::add(const std::string& text) { lines_.push_back(file_ + ": " + text); }

void LineProblems::throw_if_any() const {
  if (lines_.empty()) return;
  auto all = lines_;
  for (const auto& kind : kinds_) {
    if (kind.count > kShownOfAKind) {
      all.push_back(file_ + ": " + std::to_string(kind.count - kShownOfAKind) + " further lines of this kind (" +
                    kind.name + ")");
    }
  }
  throw InputError(join(all, "\n"));
}

LabelTable read_label_table(const std::filesystem::path& file, LineProblems& problems) {
  LabelTable table{.file = file.string(), .class_names = {}, .rows = {}};
  if (!std::filesystem::is_regular_file(file)) throw InputError(table.file + ": no such file");
  const auto records = read_csv(read_file(file), table.file);
  if (records.empty()) throw InputError(table.file + ": is empty; needs a header: " + join(kColumns, ","));
  check_encoding(records, problems);
  if (!problems.empty()) return table;  // whatever else there is to say would be in letters nobody can read
  const auto columns = read_header(records.front(), problems);
  if (!problems.empty()) return table;  // without its columns no record means anything
  if (records.size() == 1) {
    problems.add("has no row below its header");
    return table;
  }
  const auto all = read_records(records, columns, problems);
  table.class_names = class_names_of(all);
  if (table.class_names.size() < 2 || table.class_names.size() > kMostOwnClasses) {
    problems.add(std::to_string(table.class_names.size()) + " different words among its labels; 2 to 255 are allowed");
  }
  std::map<std::string, int64_t> classes;
  for (const auto& name : table.class_names) classes.emplace(name, std::ssize(classes));
  for (const auto& words : all) {
    table.rows.push_back({.line = words.line,
                          .path = words.path,
                          .label = words.label.empty() ? kNoLabel : classes.at(words.label),
                          .clean = words.clean.empty() ? kUnknownLabel : classes.at(words.clean),
                          .test = words.test});
  }
  return table;
}

}  // namespace nlb
