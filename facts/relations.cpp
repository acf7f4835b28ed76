#include "facts/relations.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/text.h"
#include "facts/condition.h"
#include "facts/option_reader.h"

namespace nlb {
namespace {

using Type = OptionFacts::Type;

/// A name that relations may use beside the options: a number, or one of some words.
struct Circumstance {
  const char* name;
  std::vector<std::string> words;  ///< empty: a number
  std::function<Json(const Circumstances&)> value;
};

const std::vector<Circumstance>& all_circumstances() {
  static const std::vector<Circumstance> all = {
      {"recipe.epochs", {}, [](const auto& one) { return one.epochs; }},
      {"recipe.batch_size", {}, [](const auto& one) { return one.batch_size; }},
      {"recipe.least_batch", {}, [](const auto& one) { return one.least_batch(); }},
      {"recipe.last_batch", {"keep", "drop"}, [](const auto& one) { return one.last_batch; }},
      {"recipe.optimiser", {"sgd", "adam", "adagrad"}, [](const auto& one) { return one.optimiser; }},
      {"data.held_out", {"none", "noisy", "clean"}, [](const auto& one) { return one.held_out; }},
      {"data.classes", {}, [](const auto& one) { return one.classes; }},
      {"data.samples", {}, [](const auto& one) { return one.samples; }},
      {"data.trusted", {}, [](const auto& one) { return one.trusted; }},
      {"data.rarest_class", {}, [](const auto& one) { return one.rarest_class; }},
      {"data.channels", {}, [](const auto& one) { return one.channels; }},
      {"data.height", {}, [](const auto& one) { return one.height; }},
      {"data.width", {}, [](const auto& one) { return one.width; }},
  };
  return all;
}

const Circumstance* find_circumstance(const std::string& name) {
  const auto& all = all_circumstances();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

bool is_counted(const std::string& name) {
  return name == "data.samples" || name == "data.trusted" || name == "data.rarest_class";
}

/// What a condition may do with a name.
enum class Use { number, list, word, given };

const char* use_word(Use use) {
  if (use == Use::number) return "a number";
  return use == Use::list ? "a list" : "a word";
}

class ConditionReader {
 public:
  ConditionReader(const JsonNode& node, const std::vector<OptionFacts>& options) : node_(node), options_(options) {}

  std::shared_ptr<const Condition> read() {
    auto condition = std::make_shared<Condition>();
    try {
      *condition = parse_condition(node_.text());
    } catch (const InputError& error) {
      node_.problem(error.what());
      return condition;
    }
    const bool presence = condition->kind == Condition::Kind::given || condition->kind == Condition::Kind::absent;
    if (presence) check(condition->name, Use::given, {});
    if (condition->kind == Condition::Kind::is) check(condition->name, Use::word, condition->word);
    if (!presence && condition->kind != Condition::Kind::is) {
      check(condition->left);
      check(condition->right);
    }
    return condition;
  }

 private:
  void check(const Amount& amount) {
    if (!amount.name.empty()) check(amount.name, amount.kind == Amount::Kind::name ? Use::number : Use::list, {});
    for (const auto& part : amount.parts) check(part);
  }

  void check(const std::string& name, Use use, const std::string& word) {
    const auto option =
        std::find_if(options_.begin(), options_.end(), [&](const auto& one) { return one.name == name; });
    if (option != options_.end()) return check_option(*option, use, word);
    const auto* circumstance = find_circumstance(name);
    if (circumstance == nullptr) return node_.problem("\"" + name + "\" is not an option, nor of facts/relations.h");
    const bool is_word = !circumstance->words.empty();
    if (use == Use::given || is_word != (use == Use::word)) {
      node_.problem("\"" + name + "\" is not " + (use == Use::given ? "an option" : use_word(use)));
    } else if (is_word) {
      check_word(name, circumstance->words, word);
    }
  }

  void check_option(const OptionFacts& option, Use use, const std::string& word) {
    const bool number = option.type == Type::number || option.type == Type::integer;
    const bool list = option.type == Type::numbers || option.type == Type::integers;
    const bool fits = use == Use::given    ? option.optional
                      : use == Use::number ? number
                      : use == Use::list   ? list
                                           : option.type == Type::word;
    if (!fits)
      node_.problem("\"" + option.name + "\" is not " + (use == Use::given ? "optional" : use_word(use)));
    else if (use == Use::word)
      check_word(option.name, option.words, word);
  }

  void check_word(const std::string& name, const std::vector<std::string>& words, const std::string& word) {
    if (std::find(words.begin(), words.end(), word) != words.end()) return;
    node_.problem("\"" + word + "\" is not a word of " + name + "; allowed: " + join(words, ", "));
  }

  const JsonNode& node_;
  const std::vector<OptionFacts>& options_;
};

/// Read as those of a facts file are, without options.
std::vector<Relation> parsed(const char* text) {
  Problems problems;
  auto read = read_relations(JsonNode::parse(text, "facts/relations.cpp", problems), {});
  problems.throw_if_any();
  return read;
}

const std::vector<Relation>& of_every_method() {
  static const auto relations = parsed(R"json([
    {"rule": "data.samples >= recipe.least_batch",
     "cure": "keep short batches (\"last_batch\"), or take a smaller batch size or more images"}])json");
  return relations;
}

const std::vector<Relation>& of_trusted_methods() {
  static const auto relations = parsed(R"json([
    {"rule": "data.trusted >= 1", "cure": "it needs a trusted set: give the setting one (\"trusted\")"}])json");
  return relations;
}

bool applies(const Relation& relation, const NamedValues& values) {
  return std::all_of(relation.where.begin(), relation.where.end(),
                     [&](const auto& condition) { return holds(*condition, values).value_or(false); });
}

std::string where_words(const Relation& relation) {
  std::vector<std::string> each;
  for (const auto& condition : relation.where) each.push_back(in_words(*condition));
  return each.empty() ? "" : " where " + join(each, " and ");
}

void add_broken(const std::vector<Relation>& relations, const NamedValues& values,
                std::vector<BrokenRelation>& broken) {
  for (const auto& relation : relations) {
    if (!applies(relation, values) || holds(*relation.rule, values).value_or(true)) continue;
    auto names = names_in(*relation.rule);
    const bool of_data = std::any_of(names.begin(), names.end(), is_counted);
    broken.push_back({.names = std::move(names),
                      .text = refusal(*relation.rule, values, where_words(relation)) + "; " + relation.cure,
                      .of_data = of_data});
  }
}

NamedValues looked_up(const OptionRules& rules, const Json& options, const Circumstances& circumstances) {
  return {.value = [&](const std::string& name) -> Json {
            const auto* circumstance = find_circumstance(name);
            return circumstance != nullptr ? circumstance->value(circumstances)
                                           : option_value(name, options, rules.absent);
          },
          .given = [&](const std::string& name) { return options.contains(name); }};
}

}  // namespace

std::vector<Relation> read_relations(const JsonNode& node, const std::vector<OptionFacts>& options) {
  std::vector<Relation> relations;
  for (const auto& item : node.items()) {
    ObjectReader reader(item);
    Relation relation;
    relation.rule = ConditionReader(reader.at("rule"), options).read();
    if (const auto where = reader.find("where")) {
      for (const auto& one : where->items()) relation.where.push_back(ConditionReader(one, options).read());
    }
    relation.cure = reader.text("cure");
    reader.close();
    relations.push_back(std::move(relation));
  }
  return relations;
}

std::vector<BrokenRelation> broken_relations(const MethodFacts& method, const Json& options,
                                             const Circumstances& circumstances) {
  const auto& rules = method_rules(method.id);
  const auto values = looked_up(rules, options, circumstances);
  std::vector<BrokenRelation> broken;
  add_broken(of_every_method(), values, broken);
  if (method.trusted == "required") add_broken(of_trusted_methods(), values, broken);
  add_broken(rules.relations, values, broken);
  return broken;
}

std::vector<BrokenRelation> broken_relations(const NetFacts& net, const Json& options,
                                             const Circumstances& circumstances) {
  std::vector<BrokenRelation> broken;
  const auto& rules = net_rules(net.id);
  add_broken(rules.relations, looked_up(rules, options, circumstances), broken);
  return broken;
}

std::string in_words(const Relation& relation) { return in_words(*relation.rule) + where_words(relation); }

}  // namespace nlb
