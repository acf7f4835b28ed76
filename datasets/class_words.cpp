#include "datasets/class_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>

#include "core/letters.h"
#include "core/text.h"

namespace nlb {
namespace {

constexpr size_t kShown = 5;  // examples in one sentence

/// A number of any length, exactly: 0.DIGITS x 10^exponent, no zero at either end of the digits.
struct Decimal {
  bool negative = false;
  int64_t exponent = 0;
  std::string digits;  ///< empty for zero
  bool operator==(const Decimal&) const = default;
};

bool is_smaller_size(const Decimal& a, const Decimal& b) {
  if (a.digits.empty() || b.digits.empty()) return a.digits.size() < b.digits.size();
  return a.exponent != b.exponent ? a.exponent < b.exponent : a.digits < b.digits;
}

bool operator<(const Decimal& a, const Decimal& b) {
  if (a.negative != b.negative) return a.negative;
  return a.negative ? is_smaller_size(b, a) : is_smaller_size(a, b);
}

/// The exponent behind e or E; nothing where the text is none.
std::optional<int64_t> exponent_of(std::string_view text) {
  if (text.empty()) return 0;
  text.remove_prefix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Decimal> as_number(std::string_view word) {
  constexpr std::string_view kMinus = "\u2212";
  word = trimmed(word);
  Decimal number;
  if (word.starts_with('-') || word.starts_with(kMinus)) {
    number.negative = true;
    word.remove_prefix(word.starts_with('-') ? 1 : kMinus.size());
  } else if (word.starts_with('+')) {
    word.remove_prefix(1);
  }
  const size_t mark = std::min(word.find_first_of("eE"), word.size());
  const auto exponent = exponent_of(word.substr(mark));
  const auto mantissa = word.substr(0, mark);
  const size_t point = std::min(mantissa.find('.'), mantissa.size());
  number.digits = std::string(mantissa.substr(0, point));
  if (point < mantissa.size()) number.digits += mantissa.substr(point + 1);
  if (!exponent || number.digits.empty() || number.digits.find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  const size_t leading = std::min(number.digits.find_first_not_of('0'), number.digits.size());
  number.exponent = *exponent + static_cast<int64_t>(point) - static_cast<int64_t>(leading);
  number.digits.erase(0, leading);
  number.digits.erase(number.digits.find_last_not_of('0') + 1);
  if (number.digits.empty()) number = {};
  return number;
}

std::string lower_case(std::string_view word) {
  std::string lower(word);
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return lower;
}

/// 1 and 0 for true and false in any case.
std::optional<int> as_boolean(std::string_view word) {
  const auto lower = lower_case(trimmed(word));
  if (lower == "true" || lower == "false") return lower == "true" ? 1 : 0;
  return std::nullopt;
}

/// Letters and digits alone, those outside ASCII too: n.a., (none) and "not checked" without what people set around
/// and between them.
std::string bare(std::string_view word) {
  std::string letters;
  for (const char letter : lower_case(word)) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte >= 0x80 || std::isalnum(byte) != 0) letters += letter;
  }
  return letters;
}

/// How pandas, R, Excel, SQL and people write that nothing is there.
bool reads_as_missing(std::string_view word) {
  static const std::set<std::string> kWords = {
      "nan",      "nan0",       "1qnan",      "1ind",         "none",          "null",          "nil",
      "na",       "nat",        "inf",        "infinity",     "unknown",       "unk",           "undefined",
      "undef",    "missing",    "empty",      "blank",        "void",          "ignore",        "ignored",
      "tbd",      "todo",       "unsure",     "notsure",      "uncertain",     "unchecked",     "notchecked",
      "nolabel",  "unlabeled",  "unlabelled", "notlabeled",   "notlabelled",   "novalue",       "notavailable",
      "notgiven", "unassigned", "unverified", "notannotated", "notapplicable", "notdetermined", "cannottell"};
  word = trimmed(word);
  const auto letters = bare(word);
  const bool excel_error = word.starts_with('#') && (word.ends_with('!') || word.ends_with('?'));
  return (letters.empty() && word != "+") || excel_error || word == "\\N" || kWords.contains(letters);
}

/// What is known of one spelling.
struct Spelling {
  std::string word;
  std::optional<Decimal> number;
  std::optional<int> boolean;
  int64_t labels = 0;                ///< training labels written so
  std::vector<int64_t> clean_lines;  ///< of its clean labels
  bool is_label = false;             ///< of any row, tests too
  bool in_test = false;              ///< clean label of a test row
};

using Spellings = std::map<std::string, Spelling>;

Spellings spellings_of(const std::vector<LabelWords>& rows) {
  Spellings all;
  const auto of = [&](const std::string& word) -> Spelling& {
    const auto [place, fresh] = all.try_emplace(word);
    auto& spelling = place->second;
    if (fresh) {
      spelling.word = word;
      spelling.number = as_number(word);
      spelling.boolean = as_boolean(word);
    }
    return spelling;
  };
  for (const auto& row : rows) {
    if (!row.label.empty()) {
      auto& spelling = of(row.label);
      spelling.is_label = true;
      spelling.labels += row.test ? 0 : 1;
    }
    if (row.clean.empty()) continue;
    auto& spelling = of(row.clean);
    spelling.clean_lines.push_back(row.line);
    spelling.in_test = spelling.in_test || row.test;
  }
  return all;
}

std::string quoted(const std::string& word) { return '"' + word + '"'; }

std::string and_more(std::vector<std::string> examples, const std::string& between) {
  const size_t count = examples.size();
  if (count > kShown) examples.resize(kShown);
  return join(examples, between) + (count > kShown ? between + "and " + std::to_string(count - kShown) + " more" : "");
}

bool is_negative(const Spelling& spelling) { return spelling.number && spelling.number->negative; }

/// 1 and 0 for booleans, too.
std::optional<Decimal> value_of(const Spelling& spelling) {
  return spelling.boolean ? as_number(std::to_string(*spelling.boolean)) : spelling.number;
}

/// What images are known to show: training labels, and clean labels of test rows. For judging all other words.
struct Usual {
  bool any_number = false, any_negative_label = false;
  std::set<Decimal> values;
  int64_t clean_labels = 0;  ///< training rows that have one

  Usual(const Spellings& all, const std::vector<LabelWords>& rows) {
    for (const auto& [word, spelling] : all) {
      if (!spelling.is_label && !spelling.in_test) continue;
      any_number = any_number || spelling.number;
      any_negative_label = any_negative_label || (spelling.is_label && is_negative(spelling));
      if (const auto value = value_of(spelling)) values.insert(*value);
    }
    for (const auto& row : rows) clean_labels += !row.test && !row.clean.empty() ? 1 : 0;
  }
};

/// 255, 65535 and the like, 99, 999, ...: where a table of numbers has no other way to say that nothing is there.
bool is_filler(const Decimal& number) {
  static const std::set<std::string> kLargest = {"255", "32767", "65535", "2147483647", "4294967295"};
  const bool whole = number.exponent == std::ssize(number.digits);
  const bool nines = number.digits.size() > 1 && number.digits.find_first_not_of('9') == std::string::npos;
  return whole && (nines || kLargest.contains(number.digits));
}

/// Why a word that only clean labels hold may be no class; "" where it looks like one.
std::string why_no_class(const Spelling& spelling, const Usual& usual) {
  constexpr int64_t kMany = 10;
  const std::string missing = "reads as a missing value";
  if (spelling.is_label) return "";
  if (reads_as_missing(spelling.word) || (is_negative(spelling) && !usual.any_negative_label)) return missing;
  const auto value = value_of(spelling);
  if (spelling.in_test || (value && usual.values.contains(*value))) return "";
  if (spelling.number && !usual.any_number) return "is a number where the labels are words";
  if (spelling.number && is_filler(*value) && *usual.values.rbegin() < *value) return missing;
  const auto count = std::ssize(spelling.clean_lines);
  if (count < kMany || 2 * count < usual.clean_labels) return "";
  return "stands in " + std::to_string(count) + " of " + std::to_string(usual.clean_labels) +
         " training rows that have one, as a missing value would";
}

/// Takes the words that are a question out of `all`.
void ask_about_missing(Spellings& all, const std::vector<LabelWords>& rows, LineProblems& problems) {
  const Usual usual(all, rows);
  for (auto entry = all.begin(); entry != all.end();) {
    const auto& [word, spelling] = *entry;
    const auto why = why_no_class(spelling, usual);
    if (why.empty()) {
      ++entry;
      continue;
    }
    std::vector<std::string> lines;
    for (const auto line : spelling.clean_lines) lines.push_back(std::to_string(line));
    problems.add(spelling.clean_lines.front(), "missing value",
                 "clean_label " + quoted(word) + ", which no label is, " + why + " (" +
                     (lines.size() == 1 ? "this line alone" : "lines " + and_more(lines, ", ")) +
                     "); leave the field empty where nobody looked, or give the class another name if it is one");
    entry = all.erase(entry);
  }
}

/// Spellings of one class, the most used first.
using OneClass = std::vector<const Spelling*>;

/// True where booleans and the numbers 0 and 1 stand for each other.
bool are_numbers_and_booleans(const Spellings& all) {
  const Decimal zero, one{.negative = false, .exponent = 1, .digits = "1"};
  return std::all_of(all.begin(), all.end(), [&](const auto& entry) {
    const auto& spelling = entry.second;
    return spelling.boolean || spelling.number == zero || spelling.number == one;
  });
}

std::vector<OneClass> classes_of(const Spellings& all) {
  const bool binary = are_numbers_and_booleans(all);
  std::map<Decimal, OneClass> numbers;
  std::map<std::string, OneClass> words;
  for (const auto& [word, spelling] : all) {
    auto number = spelling.number;
    if (binary && spelling.boolean) number = as_number(std::to_string(*spelling.boolean));
    auto& members = number ? numbers[*number] : words[spelling.boolean ? lower_case(trimmed(word)) : word];
    members.push_back(&spelling);
  }
  std::vector<OneClass> classes;
  for (auto& [number, members] : numbers) classes.push_back(std::move(members));
  for (auto& [word, members] : words) classes.push_back(std::move(members));
  for (auto& members : classes) {
    std::stable_sort(members.begin(), members.end(), [](const Spelling* a, const Spelling* b) {
      return a->labels != b->labels ? a->labels > b->labels : a->word.size() < b->word.size();
    });
  }
  const auto by_name = [](const OneClass& a, const OneClass& b) { return a.front()->word < b.front()->word; };
  if (!words.empty()) std::sort(classes.begin(), classes.end(), by_name);
  return classes;
}

/// Labels and clean labels without one word in common: written by two hands, and each label would count as wrong.
void refuse_two_vocabularies(const std::vector<OneClass>& classes, LineProblems& problems) {
  std::vector<std::string> labels, clean;
  for (const auto& members : classes) {
    const bool is_label = std::any_of(members.begin(), members.end(), [](const auto* one) { return one->labels > 0; });
    const bool is_clean =
        std::any_of(members.begin(), members.end(), [](const auto* one) { return !one->clean_lines.empty(); });
    if (is_label && is_clean) return;
    if (is_label) labels.push_back(quoted(members.front()->word));
    if (is_clean) clean.push_back(quoted(members.front()->word));
  }
  if (labels.size() < 2 || clean.size() < 2) return;  // so few that it may be chance
  problems.add("no clean_label is a label: labels are " + and_more(labels, ", ") + ", clean labels are " +
               and_more(clean, ", ") + "; write both columns with the same words");
}

void note_merged(const std::vector<OneClass>& classes, std::vector<std::string>& notes) {
  std::vector<std::string> examples;
  for (const auto& members : classes) {
    if (members.size() < 2) continue;
    std::vector<std::string> words;
    for (const auto* member : members) words.push_back(quoted(member->word));
    examples.push_back(join(words, " = "));
  }
  if (!examples.empty()) notes.push_back("words of one value are one class: " + and_more(examples, ", "));
}

void note_looks(const std::vector<OneClass>& classes, std::vector<std::string>& notes) {
  std::map<std::string, std::vector<const Spelling*>> looks;
  for (const auto& members : classes) looks[look_of(members.front()->word)].push_back(members.front());
  std::vector<std::string> examples;
  for (const auto& [look, alike] : looks) {
    for (size_t i = 1; i < alike.size(); ++i) {
      const auto difference = difference_of_look(alike[0]->word, alike[i]->word);
      examples.push_back(quoted(unmistakable(alike[0]->word)) + " and " + quoted(unmistakable(alike[i]->word)) +
                         " differ by " + difference.value_or("spelling"));
    }
  }
  if (examples.empty()) return;
  notes.push_back("classes look alike: " + and_more(examples, "; ") +
                  "; if they are one, write it one way in the file");
}

void note_missing_classes(const std::vector<OneClass>& classes, std::vector<std::string>& notes) {
  for (const auto& members : classes) {
    const auto& word = members.front()->word;
    if (!reads_as_missing(word)) continue;
    notes.push_back("class " + quoted(word) + " reads as a missing value, but " +
                    std::to_string(members.front()->labels) +
                    " training labels are written so: it is a class; leave those rows out if it is none");
  }
}

}  // namespace

ClassWords read_class_words(const std::vector<LabelWords>& rows, LineProblems& problems) {
  auto all = spellings_of(rows);
  ask_about_missing(all, rows, problems);
  ClassWords result;
  const auto classes = classes_of(all);
  refuse_two_vocabularies(classes, problems);
  for (const auto& members : classes) {
    for (const auto* member : members) result.classes.emplace(member->word, std::ssize(result.names));
    result.names.push_back(members.front()->word);
  }
  note_merged(classes, result.notes);
  note_looks(classes, result.notes);
  note_missing_classes(classes, result.notes);
  return result;
}

}  // namespace nlb
