// facts/option_rules.h -- what facts say of the options of a method or a net beyond each one's type and range: what
// stands in for an absent one, and relations (facts/relations.h). Checked with the facts; kept apart, for few ask for
// it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/json.h"
#include "facts/facts.h"

namespace nlb {

struct Condition;

/// What must hold between options, recipe and data.
struct Relation {
  std::shared_ptr<const Condition> rule;
  std::vector<std::shared_ptr<const Condition>> where;  ///< the rule holds where all of these do
  std::string cure;                                     ///< what to do where it does not
};

struct OptionRules {
  /// Of optional options: what code reads where one is absent: a value, or {"option": name} for the value of another.
  /// The trial's identity leaves it out all the same.
  std::map<std::string, Json> absent;
  std::vector<Relation> relations;
};

/// Of the compiled-in facts. Throws std::out_of_range for an unknown id.
const OptionRules& method_rules(const std::string& method);
const OptionRules& net_rules(const std::string& net);

/// "options" and "relations" of the facts file that `reader` reads, whose options are `options`. Problems at their
/// place.
OptionRules read_option_rules(ObjectReader& reader, const std::vector<OptionFacts>& options);

}  // namespace nlb
