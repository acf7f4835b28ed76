#include "facts/condition.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

#include "core/text.h"

namespace nlb {
namespace {

using Of = Amount::Kind;
using Is = Condition::Kind;

bool in_name(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; }

constexpr std::pair<const char*, Of> kFunctions[] = {
    {"floor", Of::floor}, {"count", Of::count}, {"distinct", Of::distinct}, {"largest", Of::largest}};

/// Longer signs before those that they begin with.
constexpr std::pair<const char*, Is> kComparisons[] = {
    {"<=", Is::at_most}, {">=", Is::at_least}, {"<", Is::below}, {">", Is::above}, {"=", Is::equal}};

class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) {}

  Condition read() {
    Condition condition;
    condition.left = sum();
    if (condition.left.kind == Of::name && word_follows()) {
      condition.name = condition.left.name;
      const auto verb = word();
      condition.kind = verb == "given" ? Is::given : verb == "absent" ? Is::absent : Is::is;
      if (verb != "given" && verb != "absent" && verb != "is") fail("given, absent, is or a comparison");
      if (condition.kind == Is::is) condition.word = word();
    } else {
      condition.kind = comparison();
      condition.right = sum();
    }
    skip_spaces();
    if (at_ != text_.size()) fail("its end");
    return condition;
  }

 private:
  [[noreturn]] void fail(const std::string& expected) const {
    throw InputError("condition \"" + text_ + "\": at character " + std::to_string(at_ + 1) + " " + expected +
                     " is expected (facts/condition.h)");
  }
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool accept(std::string_view sign) {
    skip_spaces();
    if (!std::string_view(text_).substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    return true;
  }
  bool word_follows() {
    skip_spaces();
    return at_ < text_.size() && text_[at_] >= 'a' && text_[at_] <= 'z';
  }
  std::string word() {
    if (!word_follows()) fail("a word");
    const size_t begin = at_;
    while (at_ < text_.size() && in_name(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }
  Is comparison() {
    for (const auto& [sign, kind] : kComparisons) {
      if (accept(sign)) return kind;
    }
    fail("given, absent, is or a comparison");
  }

  Amount joined(size_t begin, Of kind, Amount left, Amount right) const {
    return {.kind = kind, .name = {}, .parts = {std::move(left), std::move(right)}, .text = written(begin)};
  }
  std::string written(size_t begin) const {
    const auto last = text_.find_last_not_of(' ', at_ - 1);  // spaces behind it have been skipped
    return text_.substr(begin, last + 1 - begin);
  }

  Amount sum() {
    skip_spaces();
    const size_t begin = at_;
    auto amount = product();
    for (;;) {
      const Of kind = accept("+") ? Of::sum : accept("-") ? Of::difference : Of::number;
      if (kind == Of::number) return amount;
      auto right = product();
      amount = joined(begin, kind, std::move(amount), std::move(right));
    }
  }
  Amount product() {
    skip_spaces();
    const size_t begin = at_;
    auto amount = factor();
    for (;;) {
      const Of kind = accept("*") ? Of::product : accept("%") ? Of::rest : Of::number;
      if (kind == Of::number) return amount;
      auto right = factor();
      amount = joined(begin, kind, std::move(amount), std::move(right));
    }
  }
  Amount factor() {
    skip_spaces();
    const size_t begin = at_;
    if (accept("(")) {
      auto inside = sum();
      if (!accept(")")) fail("\")\"");
      inside.text = written(begin);
      return inside;
    }
    if (!word_follows()) return number();
    Amount amount{.kind = Of::name, .name = word(), .parts = {}, .text = written(begin)};
    for (const auto& [function, kind] : kFunctions) {
      if (amount.name == function && accept("(")) return call(begin, kind);
    }
    return amount;
  }
  Amount call(size_t begin, Of kind) {
    Amount amount{.kind = kind, .name = {}, .parts = {}, .text = {}};
    if (kind == Of::floor) {
      amount.parts.push_back(sum());
    } else {
      amount.name = word();
    }
    if (!accept(")")) fail("\")\"");
    amount.text = written(begin);
    return amount;
  }
  Amount number() {
    Amount amount;
    const auto* first = text_.data() + at_;
    const auto read = std::from_chars(first, text_.data() + text_.size(), amount.number);
    if (read.ec != std::errc()) fail("a number, a name or \"(\"");
    amount.text.assign(first, read.ptr);
    at_ += amount.text.size();
    return amount;
  }

  const std::string& text_;
  size_t at_ = 0;
};

void add_names(const Amount& amount, std::vector<std::string>& names) {
  if (!amount.name.empty() && std::find(names.begin(), names.end(), amount.name) == names.end())
    names.push_back(amount.name);
  for (const auto& part : amount.parts) add_names(part, names);
}

double of_list(Of kind, const Json& list) {
  if (kind == Of::count) return static_cast<double>(list.size());
  std::set<double> entries;
  for (const auto& entry : list) entries.insert(entry.get<double>());
  if (kind == Of::distinct) return static_cast<double>(entries.size());
  return entries.empty() ? -1 : *entries.rbegin();
}

double combined(Of kind, double left, double right) {
  if (kind == Of::sum) return left + right;
  if (kind == Of::difference) return left - right;
  return kind == Of::product ? left * right : std::fmod(left, right);
}

std::optional<double> worth(const Amount& amount, const NamedValues& values) {
  if (amount.kind == Of::number) return amount.number;
  if (!amount.name.empty()) {
    const Json value = values.value(amount.name);
    if (value.is_null()) return std::nullopt;
    return amount.kind == Of::name ? value.get<double>() : of_list(amount.kind, value);
  }
  const auto left = worth(amount.parts.front(), values);
  if (!left || amount.kind == Of::floor) return left ? std::optional(std::floor(*left)) : std::nullopt;
  const auto right = worth(amount.parts.back(), values);
  return right ? std::optional(combined(amount.kind, *left, *right)) : std::nullopt;
}

bool compares(Is kind, double left, double right) {
  if (kind == Is::at_least) return left >= right;
  if (kind == Is::above) return left > right;
  if (kind == Is::equal) return left == right;
  return kind == Is::at_most ? left <= right : left < right;
}

/// Goes before the right side.
const char* bound_word(Is kind) {
  if (kind == Is::at_least) return "at least ";
  if (kind == Is::above) return "above ";
  if (kind == Is::equal) return "";
  return kind == Is::at_most ? "at most " : "below ";
}

/// ` (teacher_share is 0.9, data.trusted is 100)`: what amounts of several parts are made of; "" where there is none.
std::string made_of(const Condition& condition, const NamedValues& values) {
  std::vector<std::string> names;
  for (const auto* side : {&condition.left, &condition.right}) {
    if (!side->parts.empty()) add_names(*side, names);
  }
  std::vector<std::string> each;
  for (const auto& name : names) {
    const auto value = values.value(name);
    each.push_back(name + " is " + (value.is_number() ? shortest(value.get<double>()) : "a list"));
  }
  return each.empty() ? "" : " (" + join(each, ", ") + ")";
}

std::string comparison_refusal(const Condition& condition, const NamedValues& values, const std::string& where) {
  const auto &left = condition.left, &right = condition.right;
  const auto worth_of = [&](const Amount& amount) { return shortest(worth(amount, values).value_or(0)); };
  return left.text + " is " + worth_of(left) + "; allowed" + where + ": " + bound_word(condition.kind) + right.text +
         (right.kind == Of::number ? "" : ", which is " + worth_of(right)) + made_of(condition, values);
}

}  // namespace

Condition parse_condition(const std::string& text) { return Parser(text).read(); }

std::vector<std::string> names_in(const Condition& condition) {
  std::vector<std::string> names;
  if (!condition.name.empty()) names.push_back(condition.name);
  add_names(condition.left, names);
  add_names(condition.right, names);
  return names;
}

std::optional<bool> holds(const Condition& condition, const NamedValues& values) {
  if (condition.kind == Is::given) return values.given(condition.name);
  if (condition.kind == Is::absent) return !values.given(condition.name);
  if (condition.kind == Is::is) {
    const auto value = values.value(condition.name);
    return value.is_null() ? std::nullopt : std::optional(value == condition.word);
  }
  const auto left = worth(condition.left, values), right = worth(condition.right, values);
  return left && right ? std::optional(compares(condition.kind, *left, *right)) : std::nullopt;
}

std::string in_words(const Condition& condition) {
  if (condition.kind == Is::given) return condition.name + " is given";
  if (condition.kind == Is::absent) return condition.name + " is absent";
  if (condition.kind == Is::is) return condition.name + " is \"" + condition.word + "\"";
  return condition.left.text + " is " + bound_word(condition.kind) + condition.right.text;
}

std::string refusal(const Condition& condition, const NamedValues& values, const std::string& where) {
  if (condition.kind == Is::given) return condition.name + " is absent; required" + where;
  if (condition.kind == Is::absent) return condition.name + " is given; not allowed" + where;
  if (condition.kind != Is::is) return comparison_refusal(condition, values, where);
  return condition.name + " is " + values.value(condition.name).dump() + "; allowed" + where + ": \"" + condition.word +
         "\"";
}

}  // namespace nlb
