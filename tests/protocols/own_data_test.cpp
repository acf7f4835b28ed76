#include "protocols/own_data.h"

#include <catch2/catch.hpp>

#include "facts/own_dataset.h"
#include "protocols/own_protocol.h"
#include "tests/protocols/small_protocol.h"

namespace nlb {
namespace {

using Catch::Matchers::Contains;

Json photos() {
  Json files = Json::array();
  for (const auto* name : {"train-images-idx4-ubyte", "train-labels-idx1-ubyte", "train-clean-labels-idx1-ubyte",
                           "train-names.txt", "t10k-images-idx4-ubyte", "t10k-labels-idx1-ubyte"}) {
    files.push_back({{"name", std::string("photos/") + name}, {"bytes", 10}, {"sha256", std::string(64, 'a')}});
  }
  return {{"title", "photos"},   {"format", "idx"},    {"image", {3, 32, 32}},    {"class_names", {"cat", "dog"}},
          {"train_images", 200}, {"test_images", 100}, {"train_labels", "given"}, {"files", files}};
}

/// small_protocol() on the own set.
Json own_protocol(const Json& set = photos()) {
  auto json = test::small_protocol();
  json["datasets"]["photos"] = set;
  for (auto& group : json["groups"]) {
    group["data"]["dataset"] = "photos";
    for (auto& setting : group["settings"]) {
      setting["noise"] = {{"generator", "own_labels"}, {"rate", 0.3}, {"options", Json::object()}, {"source", "own"}};
      setting.erase("for_rate");
    }
  }
  json["groups"][0]["settings"] = {json["groups"][0]["settings"][0], json["groups"][0]["settings"][0]};
  json["groups"][0]["settings"][0]["name"] = "0.2";
  json["groups"][0]["settings"][1]["name"] = "0.4";
  return json;
}

std::string problems_of_set(const std::string& pointer, const Json& value) {
  auto set = photos();
  set[Json::json_pointer(pointer)] = value;
  try {
    test::parsed(own_protocol(set));
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

DatasetFacts photos_facts() {
  Problems problems;
  auto set = read_own_dataset("photos", JsonNode::parse(photos().dump(), "f", problems));
  problems.throw_if_any();
  return set;
}

OwnDescription description(std::vector<int64_t> known) {
  return {.facts = photos_facts(),
          .mean = {0.1, 0.2, 0.3},
          .deviation = {0.4, 0.5, 0.6},
          .known_of_class = std::move(known),
          .rate = 0.35,
          .rate_words = "about 35 % of them wrong (30–40 %)"};
}

Protocol shipped(const std::string& id) {
  return read_protocol(std::string(NLB_SOURCE_DIR) + "/protocols/" + id + ".json", facts());
}

TEST_CASE("A protocol brings its own data set, whose digest is part of its trials", "[protocols][own]") {
  const auto protocol = test::parsed(own_protocol());
  const auto plan = make_plan({protocol}, {}, test::without_forward());
  REQUIRE_FALSE(plan.trials.empty());
  const auto& trial = plan.trials.front();
  CHECK(trial.spec.data.digest == photos_facts().digest);
  CHECK(trial.own_dataset == own_dataset_json(photos_facts()));
  auto other = photos();
  other["train_labels"] = "clean";
  CHECK(make_plan({test::parsed(own_protocol(other))}, {}, test::without_forward()).trials.front().id != trial.id);
  auto renamed = photos();
  for (auto& file : renamed["files"]) file["name"] = "moved/" + file["name"].get<std::string>().substr(7);
  CHECK(make_plan({test::parsed(own_protocol(renamed))}, {}, test::without_forward()).trials.front().id == trial.id);
}

TEST_CASE("What is wrong with an own data set is named at its place", "[protocols][own]") {
  CHECK_THAT(problems_of_set("/test_images", 0), Contains("/datasets/photos/test_images: is 0") &&
                                                     Contains("500 images give each accuracy to within ±4.4 points"));
  CHECK_THAT(problems_of_set("/files/0/name", "../train-images"), Contains("does not stay below the data folder"));
  CHECK_THAT(problems_of_set("/files/1/name", "photos/other"), Contains("exactly one file named train-labels"));
  CHECK_THAT(problems_of_set("/class_names", {"cat"}), Contains("has 1 names; 2 to 255"));
  CHECK_THAT(problems_of_set("/image", {3, 32}), Contains("needs channels, height, width"));
  CHECK_THAT(problems_of_set("/licence", "x"), Contains("/datasets/photos/licence: unknown key"));
  auto json = own_protocol();
  json["datasets"]["cifar10"] = photos();
  CHECK_THROWS_WITH(test::parsed(json), Contains("\"cifar10\" is a data set of nlbench"));
}

TEST_CASE("Two protocols may share a set, but not describe it differently", "[protocols][own]") {
  const auto a = test::parsed(own_protocol());
  auto b = a;
  CHECK_NOTHROW(KnownFacts(facts(), std::vector<Protocol>{a, b}));
  b.datasets.at("photos").train_images = 7;
  CHECK_THROWS_WITH(KnownFacts(facts(), std::vector<Protocol>{a, b}), Contains("describes \"photos\" differently"));
}

TEST_CASE("A new protocol is whole: it validates and plans at once, all sources own", "[protocols][own]") {
  const auto from = shipped("quickstart");
  const auto made = make_own_protocol("photos", from, description({20, 20}), facts());
  const auto json = Json::parse(made.text);
  const auto protocol = test::parsed(json, facts());
  REQUIRE(protocol.groups.size() == 2);
  CHECK(protocol.groups[0].rows.size() == from.groups[0].rows.size());
  CHECK(protocol.groups[0].row("co_teaching").options.at("forget_rate") == 0.4);  // at 0.4, the level nearest to 0.35
  CHECK(protocol.groups[0].rows.front().recipe.normalisation.std == std::vector<double>{0.4, 0.5, 0.6});
  CHECK(protocol.groups[1].settings.front().trusted->count == 40);
  const auto plan = make_plan({protocol}, {}, facts());
  CHECK(plan.not_planned.empty());
  CHECK(plan.trials.size() == 3 * protocol.groups[0].rows.size());
  for (const auto& [pointer, source] : plan.trials.front().sources) {
    CAPTURE(pointer, source);
    CHECK((source.starts_with("own") || pointer.starts_with("/revisions/") || pointer == "/data/digest"));
  }
  CHECK_THAT(made.text, Contains("\"mean\": [0.1, 0.2, 0.3]"));  // short lists stay on their line
}

TEST_CASE("Rows that need trusted labels are left out, and named, where a class has none", "[protocols][own]") {
  const auto made = make_own_protocol("photos", shipped("quickstart"), description({20, 0}), facts());
  CHECK(test::parsed(Json::parse(made.text), facts()).groups.size() == 1);
  REQUIRE(made.notes.size() == 1);
  CHECK_THAT(made.notes.front(), Contains("clean_label") && Contains("glc"));
}

TEST_CASE("Rows that would fail are left out, and it is said why", "[protocols][own]") {
  const LeftOut left_out = {{{"trusted", "glc"}, "nothing is left to learn from"}, {{"main", "rog"}, "no emu"}};
  const auto made = make_own_protocol("photos", shipped("quickstart"), description({20, 20}), facts(), left_out);
  const auto protocol = test::parsed(Json::parse(made.text), facts());
  const auto ids = [](const Group& group) {
    std::vector<std::string> all;
    for (const auto& row : group.rows) all.push_back(row.id);
    return all;
  };
  CHECK(ids(protocol.groups[1]) == std::vector<std::string>{"trusted_only", "l2r"});
  CHECK_THAT(ids(protocol.groups[0]), !Catch::Matchers::VectorContains(std::string("rog")));
  REQUIRE(made.notes.size() == 2);
  CHECK(made.notes[0] == "row rog of group main is left out, for it would fail: no emu");
  CHECK(made.notes[1] == "row glc of group trusted is left out, for it would fail: nothing is left to learn from");
}

TEST_CASE("Where suspects were checked, each row is trained on given and on corrected labels", "[protocols][own]") {
  auto data = description({20, 20});
  data.corrected = 60;
  data.rate_after = 0.05;
  const auto protocol =
      test::parsed(Json::parse(make_own_protocol("photos", shipped("quickstart"), data, facts()).text), facts());
  const auto& settings = protocol.groups[0].settings;
  REQUIRE(settings.size() == 2);
  CHECK(settings[0].noise.options.empty());
  CHECK(settings[1].name == "own_corrected");
  CHECK(settings[1].noise.options == Json{{"corrected", true}});
  CHECK(settings[1].noise.rate == 0.05);
  CHECK(protocol.groups[1].settings.size() == 1);
  const auto plan = make_plan({protocol}, {}, facts());
  CHECK(plan.trials.size() == 2 * 3 * protocol.groups[0].rows.size());  // two trials of each row and seed
}

TEST_CASE("Each shipped table on 3x32x32 images is a start for an own protocol", "[protocols][own]") {
  for (const auto* id : {"cifar10_sym", "cifar10_asym", "cifar100_sym", "cifar10_sym_smoke"}) {
    CAPTURE(id);
    const auto made = make_own_protocol("photos", shipped(id), description({20, 20}), facts());
    CHECK_NOTHROW(test::parsed(Json::parse(made.text), facts()));
  }
}

}  // namespace
}  // namespace nlb
