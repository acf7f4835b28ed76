// Traits of generators and rows of trusted draws: what code asks in place of a name.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "core/error.h"
#include "datasets/noise/registry.h"
#include "datasets/noise_inputs.h"
#include "datasets/trusted_draws.h"
#include "facts/embedded.h"
#include "facts/generator_traits.h"
#include "protocols/trusted_draws.h"

namespace nlb {
namespace {

using Catch::Contains;

/// The generator "x" with one option "n" and these traits, in JSON.
std::string facts_with(const std::string& traits) {
  return R"({"id": "x", "title": "x", "status": "built", "definition": "x", "options": [
    {"name": "n", "type": "integer", "at_least": 0, "unit": "images", "doc": "x"}],
    "variants": {"new_label": "x", "changed": "x", "list": []}, "traits": )" +
         traits + R"(, "revision": 1})";
}

void parse(const std::string& traits) {
  const std::string text = facts_with(traits);
  parse_facts({{"generator", "noise/x.json", text.c_str()}});
}

}  // namespace

TEST_CASE("every generator has facts and a row, once", "[datasets][noise][traits]") {
  std::set<std::string> rows;
  for (const auto& generator : noise::generators()) CHECK(rows.insert(std::string(generator.id)).second);
  std::set<std::string> known;
  for (const auto& [id, facts] : facts().generators) known.insert(id);
  CHECK(rows == known);
}

TEST_CASE("traits say what each generator's definition says", "[datasets][noise][traits]") {
  const auto with = [](auto has) {
    std::set<std::string> ids;
    for (const auto& [id, facts] : facts().generators) {
      if (has(generator_traits(id))) ids.insert(id);
    }
    return ids;
  };
  using Ids = std::set<std::string>;
  // Read off the definitions of datasets/noise/*.json.
  CHECK(with([](const auto& t) { return !t.drawn; }) == Ids{"label_file", "own_labels"});
  CHECK(with([](const auto& t) { return t.labels_of_set; }) == Ids{"own_labels"});
  CHECK(with([](const auto& t) { return t.reads == "labels"; }) == Ids{"label_file", "label_file_matrix"});
  CHECK(with([](const auto& t) { return t.reads == "matrix"; }) == Ids{"confusion_rows"});
  CHECK(with([](const auto& t) { return t.looks_at_images; }) == Ids{"instance_dependent"});
  CHECK(with([](const auto& t) { return !t.images_from.empty(); }) == Ids{"open_set"});
  CHECK(with([](const auto& t) { return !t.copies_by.empty(); }) == Ids{"noisy_copies"});
  CHECK(with([](const auto& t) { return t.parts.has_value(); }) == Ids{"l2r_flip"});
  CHECK(generator_traits("no such generator").drawn);
}

TEST_CASE("a generator that reads a file has the options that name it", "[datasets][noise][traits]") {
  for (const auto& [id, facts] : facts().generators) {
    CAPTURE(id);
    const auto has = [&, &options = facts.options](const char* name) {
      return std::any_of(options.begin(), options.end(), [&](const auto& option) { return option.name == name; });
    };
    CHECK(generator_traits(id).reads.empty() != has("file"));
    CHECK(generator_traits(id).reads.empty() != has("digest"));
  }
}

TEST_CASE("wrong traits are problems at their place", "[datasets][noise][traits]") {
  CHECK_NOTHROW(parse(R"({"copies_by": "n"})"));
  CHECK_THROWS_WITH(parse(R"({"copies_by": "m"})"), Contains("/traits/copies_by: names \"m\", which is not an option"));
  CHECK_THROWS_WITH(parse(R"({"reads": "pixels"})"), Contains("/traits/reads"));
  CHECK_THROWS_WITH(parse(R"({"drawm": false})"), Contains("drawm"));
  CHECK_THROWS_WITH(parse(R"({"parts": {"option": "n", "word": "numpy"}})"), Contains("held_out_count"));
}

TEST_CASE("every draw of a trusted set that a protocol may ask for has a row, once", "[datasets][traits]") {
  std::set<std::string> words, rows;
  for (const auto& draw : trusted_draws()) CHECK(words.insert(draw.word).second);
  for (const auto& rule : trusted_rules()) CHECK(rows.insert(std::string(rule.word)).second);
  CHECK(words == rows);
  CHECK_THROWS_AS(trusted_draw("gold"), InternalError);
  for (const auto& [id, facts] : facts().generators) {
    const auto& parts = generator_traits(id).parts;
    if (parts) CHECK(words.contains(parts->trusted_draw));
  }
}

}  // namespace nlb
