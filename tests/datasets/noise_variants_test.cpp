// What the facts of noise generators say against the registry of their code.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "datasets/noise/registry.h"
#include "facts/facts.h"
#include "facts/generator_variants.h"

namespace nlb {
namespace {

TEST_CASE("Facts say that exactly the generators with code are built", "[datasets][noise]") {
  for (const auto& [id, generator] : facts().generators) {
    CAPTURE(id);
    const auto& all = noise::generators();
    CHECK((generator.status == Status::built) ==
          std::any_of(all.begin(), all.end(), [&](const auto& built) { return built.id == id; }));
  }
}

TEST_CASE("Facts list exactly the variants that have code, and each has a source", "[datasets][noise]") {
  for (const auto& generator : noise::generators()) {
    CAPTURE(generator.id);
    std::set<std::vector<std::string>> built, listed;
    for (const auto& variant : generator.variants) built.emplace(variant.words.begin(), variant.words.end());
    for (const auto& variant : generator_variants(std::string(generator.id)).list) {
      std::vector<std::string> words;
      for (const auto option : generator.options) words.push_back(variant.words.at(std::string(option)));
      CHECK_FALSE(variant.source.empty());
      CHECK(listed.insert(words).second);
    }
    CHECK(listed == built);
  }
}

}  // namespace
}  // namespace nlb
