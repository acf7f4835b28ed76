#include "facts/option_reader.h"

#include <algorithm>

#include "core/error.h"

namespace nlb {
namespace {

using Type = OptionFacts::Type;

const OptionFacts* find_option(const std::vector<OptionFacts>& facts, const std::string& name) {
  const auto found = std::find_if(facts.begin(), facts.end(), [&](const auto& one) { return one.name == name; });
  return found == facts.end() ? nullptr : &*found;
}

}  // namespace

Json option_value(const std::string& name, const Json& options, const std::map<std::string, Json>& absent) {
  if (const auto given = options.find(name); given != options.end()) return *given;
  const auto found = absent.find(name);
  if (found == absent.end()) return nullptr;
  const bool of_another = found->second.is_object();
  return of_another ? option_value(found->second.at("option").get<std::string>(), options, absent) : found->second;
}

OptionReader::OptionReader(const Json& options, const MethodFacts& method)
    : options_(options), facts_(method.options), absent_(method_rules(method.id).absent), owner_(method.id) {}

OptionReader::OptionReader(const Json& options, const NetFacts& net)
    : options_(options), facts_(net.options), absent_(net_rules(net.id).absent), owner_(net.id) {}

const OptionFacts& OptionReader::find(const std::string& name) {
  const auto* option = find_option(facts_, name);
  NLB_CHECK(option != nullptr, "the facts of " + owner_ + " have no option \"" + name + "\"");
  read_.insert(name);
  return *option;
}

Json OptionReader::required(const std::string& name, Type type) {
  NLB_CHECK(find(name).type == type, "option \"" + name + "\" of " + owner_ + " has another type in its facts");
  auto value = option_value(name, options_, absent_);
  NLB_CHECK(!value.is_null(), "option \"" + name + "\" of " + owner_ + " is absent, and nothing stands in for it");
  return value;
}

void OptionReader::check_words(const std::string& name, const std::vector<std::string_view>& known) {
  const auto& words = find(name).words;
  const auto is_known = [&](const std::string& word) {
    return std::find(known.begin(), known.end(), word) != known.end();
  };
  NLB_CHECK(words.size() == known.size() && std::all_of(words.begin(), words.end(), is_known),
            "option \"" + name + "\" of " + owner_ + ": the words of facts and code differ");
}

void OptionReader::close() const {
  for (const auto& [name, value] : options_.items()) {
    NLB_CHECK(read_.contains(name), "option \"" + name + "\" of " + owner_ + " is given, and nothing reads it");
  }
}

}  // namespace nlb
