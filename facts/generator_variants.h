// facts/generator_variants.h -- which combinations of its words a noise generator has, and whose program or definition
// each of them is, as the "variants" of its facts say: what docs/generators.md and `nlbench describe` list.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/json.h"
#include "facts/facts.h"

namespace nlb {

struct GeneratorVariant {
  std::map<std::string, std::string> words;  ///< option -> word
  std::string source;                        ///< owner/repo:file, a paper, or "ours"
  std::string changed;                       ///< share of labels that differ, for K balanced classes, in words
};

struct GeneratorVariants {
  std::string new_label;  ///< what a picked sample gets, in words
  std::vector<GeneratorVariant> list;
};

/// Of the compiled-in facts. Throws std::out_of_range for a generator that has none.
const GeneratorVariants& generator_variants(const std::string& generator);

/// The member "variants" of a generator's facts, whose options are `options`. Problems at their place.
GeneratorVariants read_generator_variants(const JsonNode& node, const std::vector<OptionFacts>& options);

}  // namespace nlb
