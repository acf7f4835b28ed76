#include "facts/relations.h"

#include <catch2/catch.hpp>

#include "facts/condition.h"
#include "facts/option_reader.h"
#include "facts/options.h"

using namespace nlb;
using Catch::Matchers::Contains;

namespace {

const Json& values() {
  static const Json all = {
      {"a", 3},           {"b", 5}, {"share", 0.9}, {"data.trusted", 100}, {"word", "x"}, {"list", {4, 1, 4}},
      {"data.height", 30}};
  return all;
}

NamedValues looked_up() {
  return {.value = [](const std::string& name) { return values().value(name, Json()); },
          .given = [](const std::string& name) { return values().contains(name); }};
}

std::vector<OptionFacts> some_options(Problems& problems) {
  return read_option_facts(JsonNode::parse(R"([
    {"name": "n", "type": "integer", "unit": "1", "doc": "d"},
    {"name": "m", "type": "number", "unit": "1", "doc": "d", "optional": true},
    {"name": "w", "type": "word", "words": ["x", "y"], "doc": "d"},
    {"name": "l", "type": "integers", "unit": "1", "doc": "d"}])",
                                           "o.json", problems));
}

/// Problems of a relation with this rule, one a line.
std::string problems_of(const std::string& rule) {
  Problems problems;
  const auto options = some_options(problems);
  const Json relations = {{{"rule", rule}, {"cure", "c"}}};
  read_relations(JsonNode::parse(relations.dump(), "r.json", problems), options);
  std::string lines;
  for (const auto& line : problems.lines()) lines += line + "\n";
  return lines;
}

}  // namespace

TEST_CASE("conditions hold as arithmetic has it", "[facts][relations]") {
  for (const char* text :
       {"a < b", "a <= 3", "b > a", "b >= a + 2", "a + 2 * b = 13", "(a + 2) * b = 25", "b - a - 1 = 1", "b % a = 2",
        "data.height % 8 = 6", "floor(share * data.trusted) = 90", "count(list) = 3", "distinct(list) = 2",
        "largest(list) = 4", "word is x", "a given", "z absent", "1.5e1 * a = 45"}) {
    CAPTURE(text);
    CHECK(holds(parse_condition(text), looked_up()) == true);
  }
  for (const char* text : {"a > b", "a >= 4", "a = 4", "word is y", "z given", "a absent", "a + b < 8"}) {
    CAPTURE(text);
    CHECK(holds(parse_condition(text), looked_up()) == false);
  }
  // floor((1 - 0.9) * 100) is 9 in doubles: what a loop that cuts off takes, too.
  CHECK(holds(parse_condition("floor((1 - share) * data.trusted) >= 10"), looked_up()) == false);
  CHECK_FALSE(holds(parse_condition("z < a"), looked_up()).has_value());
  CHECK_FALSE(holds(parse_condition("z is x"), looked_up()).has_value());
}

TEST_CASE("a refusal says what is found and what is allowed", "[facts][relations]") {
  const auto says = [](const char* text) { return refusal(parse_condition(text), looked_up(), " where it stands"); };
  CHECK(says("a >= b") == "a is 3; allowed where it stands: at least b, which is 5");
  CHECK(says("b <= 4") == "b is 5; allowed where it stands: at most 4");
  CHECK(says("data.height % 8 = 0") == "data.height % 8 is 6; allowed where it stands: 0 (data.height is 30)");
  CHECK(says("b <  a + 1") == "b is 5; allowed where it stands: below a + 1, which is 4 (a is 3)");
  CHECK(says("word is y") == "word is \"x\"; allowed where it stands: \"y\"");
  CHECK(says("z given") == "z is absent; required where it stands");
  CHECK(says("a absent") == "a is given; not allowed where it stands");
}

TEST_CASE("conditions that do not read say where", "[facts][relations]") {
  for (const char* text : {"a", "a <", "a < (b", "a is", "a ? b", "a < b c", "floor(a < b", ""}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(parse_condition(text), Contains("is expected (facts/condition.h)"));
  }
}

TEST_CASE("relations name options and circumstances for what they are", "[facts][relations]") {
  for (const char* rule :
       {"n < recipe.epochs", "m given", "w is y", "count(l) < data.samples", "recipe.optimiser is adam"}) {
    CAPTURE(rule);
    CHECK(problems_of(rule).empty());
  }
  CHECK_THAT(problems_of("k < 3"), Contains("/0/rule: \"k\" is not an option, nor of facts/relations.h"));
  CHECK_THAT(problems_of("recipe.epoch > n"), Contains("\"recipe.epoch\" is not an option"));
  CHECK_THAT(problems_of("w < 3"), Contains("\"w\" is not a number"));
  CHECK_THAT(problems_of("l < 3"), Contains("\"l\" is not a number"));
  CHECK_THAT(problems_of("count(n) < 3"), Contains("\"n\" is not a list"));
  CHECK_THAT(problems_of("n is x"), Contains("\"n\" is not a word"));
  CHECK_THAT(problems_of("w is z"), Contains("\"z\" is not a word of w; allowed: x, y"));
  CHECK_THAT(problems_of("data.held_out is noise"), Contains("\"noise\" is not a word of data.held_out"));
  CHECK_THAT(problems_of("n given"), Contains("\"n\" is not optional"));
  CHECK_THAT(problems_of("recipe.epochs given"), Contains("\"recipe.epochs\" is not an option"));
}

TEST_CASE("what stands in for an absent option is of its facts", "[facts][options]") {
  CHECK(method_rules("elr").absent.at("clamp") == 1e-4);
  const auto& rog = method_rules("rog").absent;
  CHECK(option_value("first_cut_off", Json::object(), rog) == 2.2e-10);
  CHECK(option_value("first_cut_off", {{"cut_off", 1e-6}}, rog) == 1e-6);
  CHECK(option_value("first_cut_off", {{"cut_off", 1e-6}, {"first_cut_off", 1e-4}}, rog) == 1e-4);
  CHECK(option_value("keep_share", Json::object(), rog).is_null());
}

TEST_CASE("the option reader reads each option once, by its type and its words", "[facts][options]") {
  const auto& elr = facts().methods.at("elr");
  const Json options = {{"lambda", 3}, {"beta", 0.7}};
  double lambda = 0, clamp = 0;
  OptionReader reader(options, elr);
  reader.read("lambda", lambda);
  reader.read("clamp", clamp);
  CHECK(lambda == 3);
  CHECK(clamp == 1e-4);
  CHECK_THROWS_WITH(reader.close(), Contains("option \"beta\" of elr is given, and nothing reads it"));
  int64_t whole = 0;
  CHECK_THROWS_WITH(reader.read("beta", whole), Contains("another type"));
  CHECK_THROWS_WITH(reader.read("gamma", lambda), Contains("no option \"gamma\""));
  const Json smoothing = {{"epsilon", 0.1}, {"spread", "all_classes"}};
  OptionReader words(smoothing, facts().methods.at("label_smoothing"));
  int spread = 0;
  words.read("spread", spread, {{"other_classes", 1}, {"all_classes", 2}, {"tenth_each", 3}});
  CHECK(spread == 2);
  CHECK_THROWS_WITH(words.read("spread", spread, {{"other_classes", 1}, {"all_classes", 2}}),
                    Contains("words of facts"));
  std::optional<double> least = 1;
  words.read("least_probability", least);
  CHECK_FALSE(least);
}
