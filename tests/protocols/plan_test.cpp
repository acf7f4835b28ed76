#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "small_protocol.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;

namespace {

std::vector<std::string> places(const Plan& plan) {
  std::vector<std::string> words;
  for (const auto& trial : plan.trials) {
    for (const auto& use : trial.uses) words.push_back(use.seed + " " + use.group + " " + use.setting + " " + use.row);
  }
  return words;
}

Plan planned(const Selection& selection, const Facts& known = without_forward()) {
  return make_plan({parsed(small_protocol(), known)}, selection, known);
}

Selection noises(std::vector<std::string> words) {
  Selection selection;
  selection.noises = std::move(words);
  return selection;
}

}  // namespace

TEST_CASE("a plan goes by seed entry, setting, row, and says what will not run", "[protocols][plan]") {
  const auto plan = planned({});
  CHECK(places(plan) == std::vector<std::string>{"a first 0.2 ce", "a first 0.2 gce", "a first 0.4 ce",
                                                 "a first 0.4 gce", "b first 0.2 ce", "b first 0.2 gce",
                                                 "b first 0.4 ce", "b first 0.4 gce"});
  REQUIRE(plan.not_planned.size() == 3);
  CHECK(plan.not_planned[0].use.row == "old");
  CHECK(plan.not_planned[0].reason == "published only");
  CHECK(plan.not_planned[1].reason == "not built: method \"forward\"");
}

TEST_CASE("a plan is a pure function", "[protocols][plan]") {
  const auto one = planned({}), two = planned({});
  REQUIRE(one.trials.size() == two.trials.size());
  for (size_t i = 0; i < one.trials.size(); ++i) CHECK(one.trials[i].id == two.trials[i].id);
}

TEST_CASE("shards part the plan: each trial once, in the plan's order", "[protocols][plan]") {
  const auto whole = planned({});
  std::multiset<std::string> ids;
  for (int shard = 1; shard <= 3; ++shard) {
    Selection selection;
    selection.shard = shard;
    selection.shards = 3;
    const auto part = planned(selection);
    CHECK(part.trials.front().id == whole.trials[static_cast<size_t>(shard - 1)].id);
    for (const auto& trial : part.trials) ids.insert(trial.id);
  }
  CHECK(ids.size() == whole.trials.size());
  CHECK(std::all_of(whole.trials.begin(), whole.trials.end(),
                    [&](const auto& trial) { return ids.count(trial.id) == 1; }));
}

TEST_CASE("noise words: names, percent, other spellings, derived columns", "[protocols][plan][noise]") {
  CHECK(planned(noises({"0.4"})).trials.size() == 4);
  CHECK(planned(noises({"40%"})).trials.size() == 4);
  CHECK(planned(noises({"0.40"})).trials.size() == 4);
  CHECK(planned(noises({"mean"})).trials.size() == 8);
  CHECK(planned(noises({"0.2", "0.4"})).trials.size() == 8);
}

TEST_CASE("a wrong noise word says what would be right", "[protocols][plan][noise]") {
  CHECK_THROWS_AS(planned(noises({"0.3"})), InputError);
  CHECK_THROWS_WITH(planned(noises({"0.3"})),
                    Contains("no noise level \"0.3\"") && Contains("known: 0.2, 0.4, mean, 0.6"));
  CHECK_THROWS_AS(planned(noises({"40"})), InputError);
  CHECK_THROWS_WITH(planned(noises({"40"})), Contains("write 0.4 (or 40%)"));
}

TEST_CASE("a word that only another group has selects nothing and names that group", "[protocols][plan]") {
  CHECK_THROWS_AS(planned(noises({"0.6"})), NothingSelected);
  CHECK_THROWS_WITH(planned(noises({"60%"})), Contains("small: group more has noise 60% (--group more)"));
  auto selection = noises({"0.6"});
  selection.groups = {"more"};
  CHECK(planned(selection).trials.size() == 2);
  selection.groups = {"all"};
  CHECK(planned(selection).trials.size() == 2);
}

TEST_CASE("unknown methods, rows, groups and seeds name the nearest", "[protocols][plan]") {
  Selection method, row, group, seed;
  method.methods = {"gec"};
  row.rows = {"gec"};
  group.groups = {"mor"};
  seed.seeds = {"z"};
  CHECK_THROWS_WITH(planned(method),
                    Contains("no method \"gec\"; nearest is \"gce\"") && Contains("nlbench list methods"));
  CHECK_THROWS_WITH(planned(row), Contains("no row \"gec\"; nearest is \"gce\""));
  CHECK_THROWS_WITH(planned(group), Contains("no group \"mor\"; nearest is \"more\""));
  CHECK_THROWS_WITH(planned(seed), Contains("no seed entry \"z\"; known: a, b, c") || Contains("nearest"));
  Selection absent;
  absent.methods = {"elr"};
  CHECK_THROWS_AS(planned(absent), NothingSelected);
}

TEST_CASE("--seed runs exactly the entries it names, beyond a row's own number too", "[protocols][plan]") {
  Selection selection;
  selection.seeds = {"c"};
  CHECK(planned(selection).trials.size() == 4);
}

TEST_CASE("`main` is the first group whatever its id", "[protocols][plan]") {
  Selection selection;
  selection.groups = {"main"};
  CHECK(planned(selection).trials.size() == 8);
}

TEST_CASE("a trial that several places share is one trial", "[protocols][plan]") {
  auto known = without_forward();
  known.methods.at("ce").reads_noisy_labels = false;
  const auto plan = planned({}, known);
  CHECK(plan.trials.size() == 2 + 4);
  CHECK(plan.trials.front().uses.size() == 2);
}

TEST_CASE("one protocol twice is one, one id with two contents is an error", "[protocols][plan]") {
  auto protocol = parsed(small_protocol());
  CHECK(make_plan({protocol, protocol}, {}, without_forward()).trials.size() == 8);
  auto other = protocol;
  other.content_digest = "changed";
  CHECK_THROWS_WITH(make_plan({protocol, other}, {}, facts()), Contains("given twice with different content"));
}
