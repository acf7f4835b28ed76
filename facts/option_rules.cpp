#include "facts/option_rules.h"

#include <algorithm>

#include "facts/read_embedded.h"
#include "facts/relations.h"

namespace nlb {
namespace {

using Type = OptionFacts::Type;

const OptionFacts* find_option(const std::vector<OptionFacts>& options, const std::string& name) {
  const auto found = std::find_if(options.begin(), options.end(), [&](const auto& one) { return one.name == name; });
  return found == options.end() ? nullptr : &*found;
}

/// {"option": name}: the value of another option, given or not, of the same type.
Json read_other(const JsonNode& node, const OptionFacts& option, const std::vector<OptionFacts>& options) {
  ObjectReader reader(node);
  const auto name = reader.text("option");
  reader.close();
  const auto* other = find_option(options, name);
  if (other == nullptr || other == &option || other->type != option.type) {
    node.problem("\"" + name + "\" is not another option of the type of \"" + option.name + "\"");
  }
  return {{"option", name}};
}

Json read_absent(const JsonNode& node, const OptionFacts& option, const std::vector<OptionFacts>& options) {
  if (!option.optional) node.problem("only an option that is optional has \"absent\"");
  if (node.is_object()) return read_other(node, option, options);
  if (option.type == Type::number) return node.number();
  if (option.type == Type::integer) return node.integer();
  if (option.type == Type::word) return node.one_of(option.words);
  if (option.type == Type::boolean) return node.boolean();
  node.problem("only numbers, words and booleans have \"absent\"");
  return nullptr;
}

/// Names may not go in a circle.
void check_absent(const JsonNode& node, const OptionRules& rules) {
  for (const auto& [name, value] : rules.absent) {
    if (!value.is_object()) continue;
    const auto other = rules.absent.find(value.at("option").get<std::string>());
    if (other != rules.absent.end() && other->second.is_object())
      node.problem("\"absent\" of \"" + name + "\" names an option that names another");
  }
}

}  // namespace

OptionRules read_option_rules(ObjectReader& reader, const std::vector<OptionFacts>& options) {
  OptionRules rules;
  for (const auto& item : reader.at("options").items()) {
    ObjectReader one(item);
    const auto* option = find_option(options, one.text("name"));
    if (const auto absent = one.find("absent"); absent && option != nullptr) {
      rules.absent[option->name] = read_absent(*absent, *option, options);
    }
  }
  check_absent(reader.node(), rules);
  if (const auto relations = reader.find("relations")) rules.relations = read_relations(*relations, options);
  return rules;
}

const OptionRules& method_rules(const std::string& method) {
  static const auto all = read_embedded("method", [](const std::string& id, ObjectReader& reader) {
    return read_option_rules(reader, facts().methods.at(id).options);
  });
  return all.at(method);
}

const OptionRules& net_rules(const std::string& net) {
  static const auto all = read_embedded("net", [](const std::string& id, ObjectReader& reader) {
    return read_option_rules(reader, facts().nets.at(id).options);
  });
  return all.at(net);
}

}  // namespace nlb
