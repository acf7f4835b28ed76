// Relations between options, recipe and data: what validate accepts and refuses, case by case. The worker's side of the
// same cases is tests/training/relations_test.cpp.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "core/durable.h"
#include "program.h"

using Catch::Contains;
using nlb::Json;
using nlb::test::Workplace;

namespace {

const Json& cases() {
  static const Json all = Json::parse(std::ifstream(NLB_SOURCE_DIR "/tests/methods/relations.json"));
  return all;
}

/// protocols/one.json: a row of the method with its options there, changed as `changes` say.
void write_one(const Workplace& place, const std::string& method, const Json& changes) {
  place.write_protocol("one", 1, changes.value("epochs", 6));
  auto protocol = Json::parse(nlb::test::text_of(place / "protocols/one.json"));
  auto& group = protocol["groups"][0];
  auto& setting = group["settings"][0];
  auto& recipe = protocol["recipes"]["sgd"];
  auto options = cases()["methods"][method];
  options.merge_patch(changes.value("options", Json::object()));
  group["rows"][0] = {{"id", "it"}, {"title", "it"}, {"method", method}, {"options", options}, {"source", "ours"}};
  recipe["batch_size"] = changes.value("batch_size", 16);
  recipe["last_batch"] = changes.value("last_batch", "keep");
  if (changes.value("optimiser", "sgd") == "adam") {
    recipe["optimiser"] = {{"id", "adam"}, {"learning_rate", 0.01}, {"weight_decay", 0},
                           {"beta1", 0.9}, {"beta2", 0.999},        {"epsilon", 1e-8}};
  }
  auto samples = changes.value("samples", 60);
  if (changes.contains("copies")) {
    group["data"]["dataset"] = "mnist";
    setting["noise"]["generator"] = "noisy_copies";
    setting["noise"]["options"] = {{"copies", changes["copies"]}, {"stream", "philox"}};
    samples /= 1 + changes["copies"].get<int>();
  }
  if (changes.contains("held_out")) {
    group["data"]["held_out"] = {
        {"count", 10}, {"labels", changes["held_out"]}, {"stratified", false}, {"noise", "before_split"}};
    samples += 10;
  }
  group["data"]["train_subset"] = {{"count", samples}, {"how", "first"}};
  if (changes.contains("trusted")) {
    setting["trusted"] = {{"count", changes["trusted"]}, {"draw", "uniform"}, {"source", "ours"}};
  }
  nlb::write_file_durably(place / "protocols/one.json", protocol.dump(1));
}

}  // namespace

TEST_CASE("validate accepts options whose relations hold and refuses the others, saying what is allowed",
          "[cli][validate][relations]") {
  Workplace place;
  for (const auto& one : cases()["cases"]) {
    const auto method = one["method"].get<std::string>(), says = one["says"].get<std::string>();
    CAPTURE(one.dump());
    write_one(place, method, one["accepted"]);
    const auto accepted = place.run({"validate", "one"});
    CHECK(accepted.err.empty());
    CHECK(accepted.code == 0);
    write_one(place, method, one["refused"]);
    const auto refused = place.run({"validate", "one"});
    CHECK(refused.code == 2);
    CHECK_THAT(refused.err, Contains("one.json: /groups/0/rows/0") && Contains(": row \"it\": ") && Contains(says));
  }
}

TEST_CASE("a refused relation stands at its option, and names the settings where it does not hold everywhere",
          "[cli][validate][relations]") {
  Workplace place;
  write_one(place, "pencil", {{"options", {{"fine_tuning_start_epoch", 1}}}});
  CHECK_THAT(place.run({"validate", "one"}).err,
             Contains("one.json: /groups/0/rows/0/options/fine_tuning_start_epoch: row \"it\": fine_tuning_start_epoch "
                      "is 1; allowed: at least correction_start_epoch, which is 2; label distributions are learned"));
  CHECK(place.run({"plan", "one"}).code == 2);  // and so does whatever else reads the file
  write_one(place, "pencil", Json::object());
  auto protocol = Json::parse(nlb::test::text_of(place / "protocols/one.json"));
  auto& group = protocol["groups"][0];
  group["settings"].push_back(group["settings"][0]);
  group["settings"][1]["name"] = "other";
  group["rows"][0]["per_level"] = {{"other", {{"options", {{"correction_start_epoch", 5}}}, {"source", "ours"}}}};
  nlb::write_file_durably(place / "protocols/one.json", protocol.dump(1));
  CHECK_THAT(place.run({"validate", "one"}).err,
             Contains("row \"it\" at other: fine_tuning_start_epoch is 4; allowed: at least correction_start_epoch, "
                      "which is 5"));
}
