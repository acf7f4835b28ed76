// facts/option_reader.h -- options read into the struct of the code that uses them: each named once, with its type, and
// nothing else. What a value may be, which are optional and what stands in for an absent one is in the facts file
// alone. A name or a type that the facts do not have, a word that the table or the facts lack, and a given option that
// nobody reads are InternalErrors; the registry's tests build every method with every option.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"
#include "facts/option_rules.h"

namespace nlb {

/// What the words of an option mean to the code: all words of its facts, each once.
template <typename Meaning>
using Words = std::vector<std::pair<std::string_view, Meaning>>;

/// The value of option `name`, or what stands in for it (OptionRules::absent) where it is absent, or null.
Json option_value(const std::string& name, const Json& options, const std::map<std::string, Json>& absent);

class OptionReader {
 public:
  /// `options` as read_options allows them by the facts; both outlive the reader.
  OptionReader(const Json& options, const MethodFacts& method);
  OptionReader(const Json& options, const NetFacts& net);

  /// Whether an optional option is given: its partners can be read then.
  bool given(const std::string& name) const { return options_.contains(name); }

  void read(const std::string& name, double& value) { value = required(name, OptionFacts::Type::number); }
  void read(const std::string& name, int64_t& value) { value = required(name, OptionFacts::Type::integer); }
  void read(const std::string& name, int& value) { value = required(name, OptionFacts::Type::integer); }
  void read(const std::string& name, bool& value) { value = required(name, OptionFacts::Type::boolean); }
  void read(const std::string& name, std::vector<double>& value) { list(name, OptionFacts::Type::numbers, value); }
  void read(const std::string& name, std::vector<int64_t>& value) { list(name, OptionFacts::Type::integers, value); }

  /// Absent: empty.
  template <typename Value>
  void read(const std::string& name, std::optional<Value>& value) {
    value.reset();
    if (given(name)) read(name, value.emplace());
    find(name);
  }

  template <typename Meaning>
  void read(const std::string& name, Meaning& value, const Words<Meaning>& words) {
    const std::string word = required(name, OptionFacts::Type::word);
    std::vector<std::string_view> known;
    for (const auto& [each, meaning] : words) {
      known.push_back(each);
      if (each == word) value = meaning;
    }
    check_words(name, known);
  }

  /// Throws InternalError where an option is given that has not been read.
  void close() const;

 private:
  const OptionFacts& find(const std::string& name);
  Json required(const std::string& name, OptionFacts::Type type);
  template <typename Value>
  void list(const std::string& name, OptionFacts::Type type, std::vector<Value>& value) {
    value = required(name, type).get<std::vector<Value>>();
  }
  void check_words(const std::string& name, const std::vector<std::string_view>& known);

  const Json& options_;
  const std::vector<OptionFacts>& facts_;
  const std::map<std::string, Json>& absent_;
  const std::string& owner_;
  std::set<std::string> read_;
};

}  // namespace nlb
