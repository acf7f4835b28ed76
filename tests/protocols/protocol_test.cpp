#include <catch2/catch.hpp>

#include "small_protocol.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

TEST_CASE("a valid file has no problems, and its parts are there", "[protocols][parse]") {
  const auto protocol = parsed(small_protocol());
  CHECK(protocol.groups.size() == 2);
  const auto& group = protocol.group("first");
  CHECK(group.settings.size() == 2);
  CHECK(group.setting("0.4").title == "40 %");
  CHECK(group.setting("0.4").noise.rate == 0.4);
  CHECK(group.column("mean").settings == std::vector<std::string>{"0.2", "0.4"});
  CHECK(protocol.group("more").columns.front().id == "0.6");  // no "columns": one for each setting
  CHECK(group.row("ce").seeds == std::vector<std::string>{"a", "b"});
  CHECK(group.data.digest == facts().datasets.at("cifar10").digest);
}

TEST_CASE("a row is planned when its method, net or data set is not built", "[protocols][parse]") {
  const auto protocol = parsed(small_protocol());
  const auto& group = protocol.group("first");
  CHECK(group.row("ce").status == Row::Status::measured);
  CHECK(group.row("forward").status == Row::Status::planned);
  CHECK(group.row("old").status == Row::Status::published_only);
}

TEST_CASE("published digits keep value, decimals and deviation", "[protocols][published]") {
  const auto protocol = parsed(small_protocol());
  const auto& values = protocol.group("first").row("gce").published;
  REQUIRE(values.size() == 2);
  CHECK(values[0].value == 91.2);
  CHECK(values[0].decimals == 2);
  CHECK(values[1].decimals == 0);
  CHECK(values[0].printed_by.front().printed == "91.20");
  const auto& old = protocol.group("first").row("old").published.front();
  CHECK(old.value == 70);
  CHECK(old.deviation == 1.5);
}

/// A value put in one place of the small protocol, and what is said of it.
struct Wrong {
  const char* pointer;
  Json value;
  const char* expected;
};

void check_told(const std::vector<Wrong>& all) {
  for (const auto& one : all) {
    CAPTURE(one.pointer, one.value.dump());
    CHECK_THAT(problems_with(one.pointer, one.value), Contains(one.expected));
  }
}

TEST_CASE("each wrong value is told with place, found and allowed", "[protocols][errors]") {
  check_told({
      {"/groups/1/settings/0/noise/rate", 1.4,
       "p.json: /groups/1/settings/0/noise/rate: 1.4 is outside [0, 1); write 0.4 for 40 %"},
      {"/groups/1/settings/0/noise/rate", 40, "40 is outside [0, 1); write 0.4 for 40 %"},
      {"/groups/0/settings/0/for_rate/1", 1.4, "/groups/0/settings/0/for_rate/1: 1.4 is outside [0, 1)"},
      {"/recipes/sgd/epochs", "many", "p.json: /recipes/sgd/epochs: \"many\" is not an integer"},
      {"/recipes/sgd/optimiser/lr", 0.1, "/recipes/sgd/optimiser/lr: unknown key"},
      {"/recipes/sgd/schedule/id", "cosin",
       "/recipes/sgd/schedule/id: \"cosin\" is not allowed; nearest is \"cosine\""},
      {"/groups/0/rows/0/method", "co_teachng",
       "no method \"co_teachng\"; nearest is \"co_teaching\" (nlbench list methods)"},
      {"/groups/0/rows/1/options/q", 2, "/groups/0/rows/1/options/q: 2 is outside (0, 1]"},
      {"/groups/0/net", "nett", "no net \"nett\"; nearest is \"net\""},
      {"/groups/0/recipe", "adam", "no recipe \"adam\"; known: sgd"},
      {"/groups/0/data/dataset", "cifar-10", "no data set \"cifar-10\"; nearest is \"cifar10\""},
      {"/groups/0/columns/0/setting", "0.3", "no setting \"0.3\"; nearest is"},
      {"/groups/0/rows/1/published/0/values/0.3", "1", "/values/0.3: no column \"0.3\""},
      {"/groups/0/rows/1/published/0/values/0.2", "ninety", "\"ninety\" is not a number as printed"},
      {"/groups/0/rows/0/id", "gce", "row \"gce\" occurs twice"},
      {"/groups/1/id", "first", "group \"first\" occurs twice"},
      {"/groups/0/rows/0/seeds", {"d"}, "no seed entry \"d\""},
      {"/groups/0/rows/0/per_level", {{"0.5", {{"options", Json::object()}}}}, "/per_level/0.5: no setting \"0.5\""},
      {"/groups/0/rows/0/per_level", {{"{rate}", {{"for_rate", {0.2, 0.5}}}}}, "/per_level/{rate}: no setting \"0.5\""},
      {"/groups/0/rows/0/per_level", {{"0.4", {{"net", "nett"}}}}, "no net \"nett\"; nearest is \"net\""},
      {"/recipes/sgd/arithmetic", "fast", "\"fast\" is not allowed; allowed here: library, fused"},
      {"/tolerance/changes", Json::parse(R"([{"date": "1.12.2026", "was": "w", "reason": "r"}])"),
       "\"1.12.2026\" is not a date; write YYYY-MM-DD"},
      {"/schema", 2, "/schema: 2 is outside [1, 1]"},
      {"/id", "a b", "\"a b\" is not a name"},
  });
}

TEST_CASE("each value that does not fit to the others is told", "[protocols][errors]") {
  check_told({
      {"/groups/0/rows/0/clean_labels",
       {{"training", 5}, {"selection", 0}},
       "clean_labels says 5 and 0; its settings give 0"},
      {"/groups/0/data/held_out",
       {{"count", 50000}, {"labels", "noisy"}, {"stratified", true}, {"noise", "after_split"}},
       "held_out takes 50000 of 50000 images"},
      {"/groups/0/data/test_subset", {{"count", 9984}, {"how", "stratified"}}, "not a multiple of 10 classes"},
      {"/recipes/sgd/normalisation",
       {{"mean", {0.1}}, {"std", {0.3}}},
       "its recipe normalises 1 channels; cifar10 has 3"},
      {"/tolerance/columns", {{"0.9", 1}}, "tolerance: no column \"0.9\""},
      {"/groups/0/rows/0", Json::parse(R"({"id": "ce", "title": "L2R", "method": "l2r", "source": "own", "options":
         {"trusted_batch_size": 8, "decay_in_meta_gradient": false, "augment_trusted": false}})"),
       "row \"ce\": data.trusted is 0; allowed: at least 1; it needs a trusted set"},
      {"/groups/0/rows/0/options",
       {{"samples", "untrusted"}},
       "row \"ce\": data.trusted is 0; allowed where samples is \"untrusted\": at least 1"},
      {"/groups/0/rows/1/options",
       {{"q", 0.7},
        {"truncation", 0.5},
        {"pruning_start_epoch", 40},
        {"pruning_interval_epochs", 10},
        {"pruning_network", "best_on_held_out"}},
       "data.held_out is \"none\"; allowed where pruning_network is \"best_on_held_out\": \"noisy\"; give the group a "
       "held-out part with noisy labels"},
      {"/claims",
       {{{"text", "t"}, {"source", "s"}, {"group", "first"}, {"better", "gc"}, {"columns", {"0.2"}}}},
       "/claims/0: no row \"gc\"; nearest is"},
      {"/claims",
       {{{"text", "t"},
         {"source", "s"},
         {"group", "first"},
         {"better", "gce"},
         {"worse", "gce"},
         {"worse_group", "more"},
         {"columns", {"0.2"}}}},
       "/claims/0: no row \"gce\""},
      {"/claims",
       {{{"text", "t"},
         {"source", "s"},
         {"group", "first"},
         {"better", "gce"},
         {"worse_group", "more"},
         {"columns", {"0.2"}}}},
       "has a \"worse_group\" but no \"worse\""},
  });
}

TEST_CASE("the fused arithmetic is refused where a net of the row has none, at any level", "[protocols][errors]") {
  const auto with_nets = [](const char* net, const char* at_level) {
    auto json = small_protocol();
    json["recipes"]["sgd"]["arithmetic"] = "fused";
    json["nets"]["net"]["id"] = net;
    const Json other = {{"id", at_level}, {"initialisation", "torch_default"}, {"source", "own"}};
    json["groups"][0]["rows"][0]["per_level"] = {{"0.4", {{"net", other}}}};
    return json;
  };
  CHECK(parsed(with_nets("cnn_small", "cnn_small")).groups.front().rows.front().recipe.arithmetic == Arithmetic::fused);
  CHECK_THROWS_WITH(parsed(with_nets("resnet34", "cnn_small")), Contains("net \"resnet34\" has none"));
  CHECK_THROWS_WITH(parsed(with_nets("cnn_small", "resnet34")), Contains("net \"resnet34\" has none"));
}

TEST_CASE("a value without a source is a problem that names it", "[protocols][errors][sources]") {
  const std::string tail = " has no \"source\" (paper and table, or repository file)";
  CHECK_THAT(problems_without("/groups/0/rows/1", "source"), Contains("p.json: /groups/0/rows/1: options/q" + tail));
  CHECK_THAT(problems_without("/recipes/sgd", "source"),
             Contains("p.json: /recipes/sgd: optimiser/learning_rate" + tail));
  CHECK_THAT(problems_without("/groups/0/settings/0/noise", "source"), Contains("noise: rate" + tail));
  CHECK_THAT(problems_without("", "seeds_source"), Contains("seeds has no \"seeds_source\""));
  CHECK_THAT(problems_without("/groups/0/rows/1/published/0", "source"),
             Contains("/groups/0/rows/1/published/0: this" + tail));
  CHECK_THAT(problems_with("/recipes/sgd/source", Json{{"optimiser", "a"}}),
             Contains("epochs" + tail) && !Contains("optimiser/learning_rate"));
  CHECK_THAT(problems_with("/recipes/sgd/source", Json{{"*", "a"}, {"epoch", "b"}}),
             Contains("source names \"epoch\", which has no value here"));
}

TEST_CASE("all problems of a file come at once", "[protocols][errors]") {
  auto json = small_protocol();
  json["recipes"]["sgd"]["epochs"] = 0;
  json["groups"][0]["rows"][0]["metod"] = "ce";
  json["groups"][1]["settings"][0]["noise"]["rate"] = -1;
  const auto message = [&] {
    try {
      parsed(json);
      return std::string();
    } catch (const InputError& error) {
      return std::string(error.what());
    }
  }();
  CHECK(std::count(message.begin(), message.end(), '\n') == 2);
  CHECK_THAT(message, Contains("/recipes/sgd/epochs: 0 is outside") &&
                          Contains("/groups/0/rows/0/metod: unknown key; nearest is \"method\"") &&
                          Contains("/groups/1/settings/0/noise/rate: -1 is outside [0, 1)"));
}

TEST_CASE("changes of a recipe are told at their own place", "[protocols][errors]") {
  CHECK_THAT(problems_with("/groups/0/rows/0/recipe_changes", {{"optimiser", {{"momentum", 2}}}}),
             Contains("p.json: /groups/0/rows/0/recipe_changes/optimiser/momentum: 2 is outside [0, 1)"));
  CHECK_THAT(problems_with("/groups/0/rows/0/per_level", {{"0.4", {{"recipe", {{"epoch", 3}}}, {"source", "own"}}}}),
             Contains("/groups/0/rows/0/per_level/0.4/recipe/epoch: unknown key"));
}

TEST_CASE("changes of several levels are written once", "[protocols][parse]") {
  auto json = small_protocol();
  json["groups"][0]["rows"][1]["per_level"] = {
      {"{rate}",
       {{"for_rate", {0.2, 0.4}}, {"options", {{"q", 0.5}}}, {"recipe", {{"epochs", 7}}}, {"source", "paper"}}}};
  const auto protocol = parsed(json);
  const auto& row = protocol.groups.front().rows[1];
  for (const char* level : {"0.2", "0.4"}) {
    CAPTURE(level);
    CHECK(row.options_per_level.at(level).at("q") == 0.5);
    CHECK(row.recipe_per_level.at(level).at("epochs") == 7);
    CHECK(row.sources_per_level.at(level).at("/recipe/epochs") == "paper");
  }
}

TEST_CASE("an object with an id replaces, others are merged, null removes", "[protocols][parse]") {
  const Json base = {
      {"epochs", 20}, {"schedule", {{"id", "cosine"}, {"unit", "epoch"}}}, {"augmentation", {{"flip", true}}}};
  CHECK(patched(base, {{"epochs", 30}}).at("epochs") == 30);
  CHECK(patched(base, {{"schedule", {{"id", "constant"}}}}).at("schedule") == Json{{"id", "constant"}});
  CHECK(patched(base, {{"schedule", {{"unit", "step"}}}}).at("schedule").at("id") == "cosine");
  CHECK_FALSE(patched(base, {{"augmentation", nullptr}}).contains("augmentation"));
}

TEST_CASE("an area needs a rising abscissa", "[protocols][errors]") {
  const Json area = {{"id", "area"}, {"derived", "error_area"}, {"settings", {"0.2", "0.4"}}, {"source", "own"}};
  CHECK_THAT(problems_with("/groups/0/columns/2", area), Contains("an increasing \"abscissa\""));
  auto whole = area;
  whole["id"] = "mean";
  whole["settings"] = {{"for_rate", {0.2, 0.4}}, {"name", "{rate}"}};
  auto json = small_protocol();
  json["groups"][0]["columns"][2] = whole;
  CHECK(parsed(json).groups[0].columns[2].abscissa == std::vector<double>{0.2, 0.4});
}

TEST_CASE("an augmentation that cannot be is refused with its place and what is allowed", "[protocols][errors]") {
  const auto problems = [](const Json& augmentation) {
    return problems_with("/recipes/sgd/augmentation", augmentation);
  };
  const Json rand = {{"id", "randaugment"}, {"operations", 2},    {"probability", 0.5},
                     {"lowest_level", 1},   {"highest_level", 9}, {"drawn_for", "batch"}};
  const auto changed = [&](const char* key, const Json& value) {
    auto policy = rand;
    policy[key] = value;
    return problems({{"policy", policy}});
  };
  CHECK(problems({{"policy", rand}, {"pad_crop", 4}, {"padding", "after_normalisation"}, {"cutout", 16}}).empty());
  CHECK(problems({{"policy", {{"id", "autoaugment_cifar10"}}}}).empty());
  CHECK_THAT(problems({{"policy", {{"id", "autoaugment"}}}}),
             Contains("/recipes/sgd/augmentation/policy/id: ") && Contains("autoaugment_cifar10, randaugment"));
  CHECK_THAT(problems({{"policy", {{"id", "autoaugment_cifar10"}, {"operations", 2}}}}),
             Contains("/policy/operations: unknown key"));
  CHECK_THAT(problems({{"policy", {{"id", "randaugment"}}}}), Contains("has no \"operations\""));
  CHECK_THAT(changed("highest_level", 10), Contains("/policy/highest_level: 10 is outside [0, 9]"));
  CHECK_THAT(changed("lowest_level", 10), Contains("/policy/lowest_level: 10 is outside [0, 9]"));
  CHECK_THAT(changed("highest_level", 0), Contains("\"lowest_level\" 1 is above \"highest_level\" 0"));
  CHECK_THAT(changed("probability", 0), Contains("/policy/probability: 0 is outside (0, 1]"));
  CHECK_THAT(changed("drawn_for", "epoch"), Contains("image, batch"));
  CHECK_THAT(problems({{"cutout", 15}}), Contains("/recipes/sgd/augmentation/cutout: is odd"));
  CHECK_THAT(problems({{"cutout", 0}}), Contains("/cutout: 0 is outside [2, 1000]"));
  CHECK_THAT(problems({{"padding", "after_normalisation"}}), Contains("there is no \"pad_crop\""));
}

TEST_CASE("a policy needs images of three channels", "[protocols][errors]") {
  auto json = small_protocol();
  json["recipes"]["sgd"].erase("normalisation");
  json["recipes"]["sgd"]["augmentation"] = {{"policy", {{"id", "autoaugment_cifar10"}}}};
  CHECK_NOTHROW(parsed(json));
  json["groups"][1]["data"]["dataset"] = "mnist";
  CHECK_THROWS_WITH(parsed(json),
                    Contains("/groups/1/rows/0: its recipe's policy \"autoaugment_cifar10\" changes images "
                             "of 3 channels; mnist has 1"));
}
