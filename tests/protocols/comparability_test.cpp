#include "protocols/comparability.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "protocols/source_places.h"
#include "tests/protocols/small_protocol.h"

using namespace nlb;
using test::parsed;

namespace {

/// The lines of one kind, "row: text".
std::vector<std::string> lines(const Group& group, Caveat::Kind kind) {
  std::vector<std::string> found;
  for (const auto& caveat : caveats(group)) {
    if (caveat.kind == kind) found.push_back(caveat.row + ": " + caveat.text);
  }
  return found;
}

Json block(const std::string& rule, const Json& values) {
  return {{"rule", rule}, {"kind", "repo"}, {"source", "a README"}, {"values", values}};
}

}  // namespace

TEST_CASE("groups with the same conditions on the data do not differ, whatever their levels and recipes",
          "[protocols][comparability]") {
  auto json = test::small_protocol();
  json["groups"][1]["data"] = json["groups"][0]["data"];
  json["groups"][1]["settings"][0]["noise"]["options"] = json["groups"][0]["settings"][0]["noise"]["options"];
  const auto protocol = parsed(json);
  CHECK(data_differences(protocol.groups[1], protocol.groups[0]).empty());
}

TEST_CASE("each condition on the data that differs is named once, the other's in brackets",
          "[protocols][comparability]") {
  auto json = test::small_protocol();
  auto& group = json["groups"][1];
  group["data"] = json["groups"][0]["data"];
  group["data"]["held_out"] = {{"count", 5000}, {"labels", "noisy"}, {"stratified", true}, {"noise", "after_split"}};
  group["data"]["test_subset"] = {{"count", 9984}, {"how", "first"}};
  group["settings"][0]["noise"]["generator"] = "symmetric_inclusive";
  group["settings"][0]["trusted"] = {{"count", 100}, {"draw", "stratified"}, {"source", "s"}};
  group["settings"][0]["frozen"] = {{"noise", 7}, {"source", "s"}};
  const auto protocol = parsed(json);
  const auto found = data_differences(protocol.groups[1], protocol.groups[0]);
  CHECK(found == std::vector<std::string>{
                     "noise symmetric_inclusive (count exact, stream philox) [pair_flip (count exact, stream philox)]",
                     "draw of the noise one for all runs [drawn for each run]",
                     "held out 5000 noisy stratified, noise after the split [none]",
                     "trusted labels 100 stratified [none]", "test images 9984 first [all]"});
}

TEST_CASE("caveats name conflicts as ranges, differences, unknown conditions, recalled values and copies",
          "[protocols][comparability]") {
  auto json = test::small_protocol();
  auto& row = json["groups"][0]["rows"][0];
  row["conditions_known"] = false;
  row["ran_by"] = "someone";
  auto conflict = block("best_on_val", {{"0.2", {{"printed", "91.12"}, {"high", 92.12}}}, {"0.4", "91.43"}});
  conflict["also"] = {{{"source", "the paper"}, {"kind", "page"}, {"values", {{"0.2", "92.12"}, {"0.4", "91.43"}}}}};
  auto apart = block("last", {{"0.2", "80.0"}, {"0.4", "70.0"}});
  apart["difference"] = "another network";
  auto recalled = block("best_on_test", {{"0.4", "90.0"}});
  recalled["kind"] = "paper-recalled";
  row["published"] = {conflict, apart, recalled};
  const auto protocol = parsed(json);
  const auto& group = protocol.groups[0];
  using Kind = Caveat::Kind;
  CHECK(lines(group, Kind::conflict) ==
        std::vector<std::string>{"ce: 0.2: 91.12 to 92.12 by best_on_val: 91.12 in a README; 92.12 in the paper; the "
                                 "first decides"});
  CHECK(lines(group, Kind::not_comparable) == std::vector<std::string>{"ce: 0.2 0.4: another network"});
  CHECK(lines(group, Kind::conditions_unknown) ==
        std::vector<std::string>{"ce: nobody says with which recipe someone ran it; it runs under one of this file"});
  CHECK(lines(group, Kind::recalled) == std::vector<std::string>{"ce: 0.4: best_on_test of a README"});
  CHECK(lines(group, Kind::copies) == std::vector<std::string>{"ce: 0.2 0.4: best_on_val also in the paper"});
}

TEST_CASE("a conflict may lie on either side of the value that decides, with a note in place of a second source",
          "[protocols][comparability]") {
  auto json = test::small_protocol();
  json["groups"][0]["rows"][0]["published"] = {
      block("last", {{"0.2", {{"printed", "73.71"}, {"low", 73.26}, {"note", "the paper prints 73.26"}}}})};
  const auto protocol = parsed(json);
  CHECK(lines(protocol.groups[0], Caveat::Kind::conflict) ==
        std::vector<std::string>{"ce: 0.2: 73.26 to 73.71 by last: 73.71 in a README; the paper prints 73.26"});
  json["groups"][0]["rows"][0]["published"][0]["values"]["0.2"]["low"] = 74;
  CHECK_THROWS_WITH(parsed(json), Catch::Matchers::Contains("/low: 74 is outside [0, 73.71]"));
}

TEST_CASE("a claim says which row is above which, and where the other stands", "[protocols][comparability]") {
  Claim claim{.text = "t",
              .source = "s",
              .group = "first",
              .better = "gce",
              .worse = "",
              .worse_group = "first",
              .columns = {"0.2", "0.4"}};
  CHECK(claim_text(claim) == "gce of first best of its group in 0.2 0.4");
  claim.worse = "ce";
  CHECK(claim_text(claim) == "gce of first above ce in 0.2 0.4");
  claim.worse_group = "more";
  CHECK(claim_text(claim) == "gce of first above ce of more in 0.2 0.4");
}

TEST_CASE("A source that names a file wants a line or a key of it", "[protocols][sources]") {
  for (const char* source :
       {"shengliu66/ELR:ELR/config_cifar10.json", "LiJunnan1992/DivideMix:Train_cifar.py (of the warm-up)",
        "recalled; bhanML/Co-teaching:main.py", "dmizr/phuber:conf", "a/b:c.py:27 and d/e:f.py",
        "bhanML/Co-teaching:data/utils.py: RandomState(0)"}) {
    CAPTURE(source);
    CHECK(lacks_place(source));
  }
  for (const char* source :
       {"ours: as far as a/b:c.py", "ours", "GCE paper, section 4: q = 0.7", "ELR paper (NeurIPS 2020), Table 2",
        "bhanML/Co-teaching:main.py:287", "a/b:c.py:27-49, 112", "a/b:config.json#trainer/epochs (in epochs)",
        "issue 2 of ContrastToDivide/C2D", "https://github.com/a/b", "means / deviations: table 1"}) {
    CAPTURE(source);
    CHECK_FALSE(lacks_place(source));
  }
}

TEST_CASE("Values of running rows whose source gives no place are listed by row and source", "[protocols][sources]") {
  auto json = test::small_protocol();
  json["recipes"]["sgd"]["source"] = {{"*", "a/b:train.py"}, {"epochs", "a/b:train.py:12"}, {"schedule", "own"}};
  auto& row = json["groups"][0]["rows"][1];
  row["source"] = {{"*", "own"}, {"options/q", "c/d:loss.py"}};
  row["per_level"] = {{"0.4", {{"options", {{"q", 0.5}}}, {"source", "c/d:loss.py"}}}};
  json["groups"][0]["rows"][3]["published"][0]["source"] = "e/f:README.md";
  const auto found = unplaced_sources(parsed(json).groups[0]);
  REQUIRE(found.size() == 4);  // the recipe's under each of three rows, and the option's
  CHECK(found[1].row == "gce");
  CHECK(found[1].source == "c/d:loss.py");
  CHECK(found[1].values == std::vector<std::string>{"/method/options/q", "/method/options/q at 0.4"});
  const auto& recipe = found[2];
  CHECK(recipe.row == "gce");
  CHECK(recipe.source == "a/b:train.py");
  const auto has = [&](const char* value) {
    return std::find(recipe.values.begin(), recipe.values.end(), value) != recipe.values.end();
  };
  CHECK(has("/recipe/batch_size"));
  CHECK_FALSE(has("/recipe/epochs"));
}
