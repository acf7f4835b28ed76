#include <catch2/catch.hpp>

#include "small_protocol.h"

using namespace nlb;
using namespace nlb::test;

namespace {

Trial resolved(const Json& json, const char* row, const char* setting, const Facts& known = facts()) {
  const auto protocol = parsed(json, known);
  const auto& group = protocol.groups.front();
  return resolve_trial(protocol, group, group.row(row), group.setting(setting), protocol.seeds.front(), known);
}

}  // namespace

TEST_CASE("a trial is group data, setting, row and seed entry, each value with its source", "[protocols][resolve]") {
  const auto trial = resolved(small_protocol(), "gce", "0.4");
  CHECK(trial.spec.noise->rate == 0.4);
  CHECK(trial.spec.method.options.at("q") == 0.7);
  CHECK(trial.spec.seeds.noise == 1);
  CHECK(trial.id == trial_id(trial.spec));
  CHECK(trial.sources.at("/method/options/q") == "paper");
  CHECK(trial.sources.at("/noise/rate") == "noise file");
  CHECK(trial.sources.at("/recipe/optimiser/momentum") == "recipe file");
  CHECK(trial.sources.at("/data/evaluate_every") == "data file");
  CHECK(trial.sources.at("/seeds/train") == "own");
  CHECK(trial.uses.front().setting == "0.4");
}

TEST_CASE("every leaf of a trial has a source", "[protocols][resolve][sources]") {
  const auto trial = resolved(small_protocol(), "gce", "0.4");
  const auto leaves = to_json(trial.spec).flatten();
  for (const auto& [pointer, value] : leaves.items()) {
    const auto whole = pointer.substr(0, pointer.find_last_not_of("0123456789") + 1);  // an array's element: the array
    CAPTURE(pointer);
    CHECK((trial.sources.count(pointer) == 1 || trial.sources.count(whole.substr(0, whole.size() - 1)) == 1));
  }
}

TEST_CASE("per-level changes hold at their level only", "[protocols][resolve]") {
  auto json = small_protocol();
  json["groups"][0]["rows"][1]["per_level"] = {{"0.4",
                                                {{"options", {{"q", 0.5}}},
                                                 {"recipe", {{"epochs", 30}, {"schedule", {{"id", "constant"}}}}},
                                                 {"source", "appendix"}}}};
  const auto changed = resolved(json, "gce", "0.4");
  CHECK(changed.spec.method.options.at("q") == 0.5);
  CHECK(changed.spec.recipe.epochs == 30);
  CHECK(std::holds_alternative<ConstantRate>(changed.spec.recipe.schedule.rate));
  CHECK(changed.sources.at("/recipe/epochs") == "appendix");
  CHECK(changed.sources.at("/recipe/batch_size") == "recipe file");
  CHECK(resolved(json, "gce", "0.2").id == resolved(small_protocol(), "gce", "0.2").id);
}

TEST_CASE("a level's net, by name or whole, takes the place of the row's there only", "[protocols][resolve]") {
  auto json = small_protocol();
  json["nets"]["other"] = {{"id", "resnet34"}, {"initialisation", "torch_default"}, {"source", "net file"}};
  auto& per_level = json["groups"][0]["rows"][1]["per_level"];
  const Json nets[] = {"other", json["nets"]["other"]};
  for (const auto& net : nets) {
    per_level = {{"0.4", {{"net", net}}}};
    const auto changed = resolved(json, "gce", "0.4");
    CHECK(changed.spec.net.id == "resnet34");
    CHECK(changed.sources.at("/net/initialisation") == "net file");
    CHECK(changed.sources.at("/method/options/q") == "paper");
    CHECK(resolved(json, "gce", "0.2").id == resolved(small_protocol(), "gce", "0.2").id);
  }
  auto known = facts();
  known.nets.at("resnet34").status = Status::planned;
  CHECK(parsed(json, known).groups.front().row("gce").status == Row::Status::planned);
}

TEST_CASE("frozen draws: a row's win over a setting's, a group's and the file's", "[protocols][resolve]") {
  auto json = small_protocol();
  json["frozen"] = {{"noise", 10}, {"split", 10}, {"init", 10}, {"train", 10}, {"source", "file"}};
  json["groups"][0]["frozen"] = {{"noise", 20}, {"split", 20}, {"init", 20}, {"source", "group"}};
  json["groups"][0]["settings"][0]["frozen"] = {{"noise", 30}, {"split", 30}, {"source", "setting"}};
  json["groups"][0]["rows"][0]["frozen"] = {{"noise", 40}, {"source", "row"}};
  const auto trial = resolved(json, "ce", "0.4");
  CHECK(trial.spec.seeds.noise == 40);
  CHECK(trial.spec.seeds.split == 30);
  CHECK(trial.spec.seeds.init == 20);
  CHECK(trial.spec.seeds.train == 10);
  CHECK(trial.sources.at("/seeds/noise") == "row");
  CHECK(trial.sources.at("/seeds/split") == "setting");
}

TEST_CASE("a method that reads no noisy label has no noise, unless noisy labels choose its epoch",
          "[protocols][resolve]") {
  auto known = facts();
  known.methods.at("ce").reads_noisy_labels = false;
  const auto trial = resolved(small_protocol(), "ce", "0.4", known);
  CHECK_FALSE(trial.spec.noise.has_value());
  CHECK_FALSE(trial.spec.seeds.noise.has_value());
  CHECK_FALSE(trial.spec.revisions.generator.has_value());
  CHECK(trial.id == resolved(small_protocol(), "ce", "0.2", known).id);

  auto json = small_protocol();
  json["groups"][0]["data"]["held_out"] = {
      {"count", 5000}, {"labels", "noisy"}, {"stratified", true}, {"noise", "after_split"}};
  CHECK(resolved(json, "ce", "0.4", known).spec.noise.has_value());
}

TEST_CASE("revisions of facts are part of the id", "[protocols][resolve]") {
  for (auto change : {+[](Facts& known) { ++known.methods.at("ce").revision; },
                      +[](Facts& known) { ++known.nets.at("cnn_small").revision; },
                      +[](Facts& known) { ++known.datasets.at("cifar10").revision; },
                      +[](Facts& known) { ++known.generators.at("pair_flip").revision; }}) {
    auto known = facts();
    change(known);
    CHECK(resolved(small_protocol(), "ce", "0.4", known).id != resolved(small_protocol(), "ce", "0.4").id);
  }
}
