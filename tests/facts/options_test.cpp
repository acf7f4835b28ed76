#include <catch2/catch.hpp>

#include "facts/facts.h"

using namespace nlb;
using Catch::Matchers::Contains;

namespace {

/// Options of facts `id` read from text; problems as one text.
std::pair<Json, std::string> read(const std::vector<OptionFacts>& options, const std::string& text) {
  Problems problems;
  auto read = read_options(JsonNode::parse(text, "p.json", problems), options);
  std::string lines;
  for (const auto& line : problems.lines()) lines += line + "\n";
  return {read, lines};
}

}  // namespace

TEST_CASE("options given are options read, in canonical form", "[facts][options]") {
  const auto [json, problems] = read(facts().methods.at("elr").options, R"({"lambda": 3.0, "beta": 0.7})");
  CHECK(problems.empty());
  CHECK(canonical_text(json) == R"({"beta":0.7,"lambda":3})");
}

TEST_CASE("missing, unknown, wrong type and out of range are told together", "[facts][options]") {
  const auto problems = read(facts().methods.at("elr").options, R"({"beta": 1, "lamda": 3})").second;
  CHECK_THAT(problems, Contains("p.json: /beta: 1 is outside [0, 1)"));
  CHECK_THAT(problems, Contains("p.json: /: has no \"lambda\""));
  CHECK_THAT(problems, Contains("/lamda: unknown key; nearest is \"lambda\""));
  CHECK_THAT(read(facts().methods.at("elr").options, R"({"beta": "x", "lambda": 3})").second,
             Contains("/beta: \"x\" is not a number"));
}

TEST_CASE("an absent optional option leaves no trace, and its partners are unknown without it", "[facts][options]") {
  const auto& options = facts().methods.at("gce").options;
  CHECK(canonical_text(read(options, R"({"q": 0.7})").first) == R"({"q":0.7})");
  CHECK_THAT(read(options, R"({"q": 0.7, "pruning_start_epoch": 40})").second,
             Contains("/pruning_start_epoch: only together with \"truncation\""));
  CHECK_THAT(read(options, R"({"q": 0.7, "truncation": 0.5, "pruning_start_epoch": 40})").second,
             Contains("has no \"pruning_interval_epochs\""));
}

TEST_CASE("integers, words and lists keep their bounds", "[facts][options]") {
  CHECK_THAT(read(facts().nets.at("mlp").options, R"({"hidden": [128, 0]})").second,
             Contains("/hidden/1: 0 is outside [1, 1048576]"));
  CHECK_THAT(read(facts().nets.at("mlp").options, R"({"hidden": [128, 1.5]})").second,
             Contains("/hidden/1: 1.5 is not an integer"));
  CHECK(canonical_text(read(facts().nets.at("mlp").options, R"({"hidden": [128, 64]})").first) ==
        R"({"hidden":[128,64]})");
  const auto& stream = facts().generators.at("pair_flip").options;
  CHECK_THAT(read(stream, R"({"count": "exact", "stream": "phylox"})").second, Contains("nearest is \"philox\""));
  const auto& glc = facts().generators.at("glc_uniform").options;
  CHECK_THAT(read(glc, R"({"order": "tensorflow_seed_1", "population": 0.5})").second, Contains("is not an integer"));
}

TEST_CASE("lists of integers and free text are options", "[facts][options]") {
  const auto& biased = facts().generators.at("biased_map").options;
  CHECK(canonical_text(read(biased, R"({"count": "exact", "stream": "philox", "targets": [1, 0]})").first) ==
        R"({"count":"exact","stream":"philox","targets":[1,0]})");
  CHECK_THAT(read(biased, R"({"count": "exact", "stream": "philox", "targets": [1, -1, 0.5]})").second,
             Contains("/targets/1: -1 is outside") && Contains("/targets/2: 0.5 is not an integer"));
  const auto& file = facts().generators.at("label_file").options;
  CHECK(canonical_text(read(file, R"({"file": "a/b.npy", "digest": "00"})").first) ==
        R"({"digest":"00","file":"a/b.npy"})");
  CHECK_THAT(read(file, R"({"file": 3, "digest": "00"})").second, Contains("/file: 3 is not a text"));
}
