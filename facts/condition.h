// facts/condition.h -- conditions between options and what they stand in, as facts files write them:
//   fine_tuning_start_epoch >= correction_start_epoch       pseudo2_start_epoch < recipe.epochs
//   keep_share * (data.rarest_class - validation_per_class) >= 1      floor(teacher_share * data.trusted) > 0
//   anchor is percentile      truncation given      measuring_samples absent
// Amounts are numbers, names, + - * % (rest of a division) and parentheses, floor(amount), and of a list its count,
// the number of its distinct entries and its largest: count(name), distinct(name), largest(name). Compared by <= < >=
// >.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"

namespace nlb {

struct Amount {
  enum class Kind { number, name, sum, difference, product, rest, floor, count, distinct, largest };
  Kind kind = Kind::number;
  double number = 0;
  std::string name;           ///< of Kind::name and of the lists
  std::vector<Amount> parts;  ///< one or two
  std::string text;           ///< as written
};

struct Condition {
  enum class Kind { given, absent, is, at_least, above, at_most, below, equal };
  Kind kind = Kind::given;
  std::string name, word;  ///< of given, absent and is
  Amount left, right;      ///< of the others
};

/// What conditions look names up in.
struct NamedValues {
  /// null for an option that is absent and nothing stands in for
  std::function<Json(const std::string& name)> value;
  std::function<bool(const std::string& name)> given;
};

/// Throws InputError, saying what does not read.
Condition parse_condition(const std::string& text);
/// Names that it looks up, each once, in order.
std::vector<std::string> names_in(const Condition& condition);
/// In doubles. Empty where an absent option leaves nothing to compare.
std::optional<bool> holds(const Condition& condition, const NamedValues& values);
/// `anchor is "percentile"`, `validation_per_class is above 0`.
std::string in_words(const Condition& condition);
/// What is found where it does not hold, and what is allowed: `lambda is 3; allowed: at most last_lambda, which is 2`.
/// `where` goes behind "allowed" or "required", and may be "".
std::string refusal(const Condition& condition, const NamedValues& values, const std::string& where);

}  // namespace nlb
