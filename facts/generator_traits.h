// facts/generator_traits.h -- what a noise generator asks of a trial's data or changes in it, as the "traits" of its
// facts say: code that must know asks for a trait, never for a generator's name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "facts/facts.h"

namespace nlb {

/// An author's program that draws labels and parts of a set from one stream, so that they fit together only as it draws
/// them.
struct AuthorParts {
  std::string option, word;                   ///< option of the generator, and its value, that ask for the stream
  std::string held_out_count, held_out_draw;  ///< option that says how many; HeldOutSpec::draw
  std::string trusted_count, trusted_draw;    ///< option that says how many; TrustedSpec::draw
};

struct GeneratorTraits {
  bool drawn = true;             ///< false: the labels are there already, equal for every seed
  bool labels_of_set = false;    ///< they are those that an own data set came with
  std::string corrects_by;       ///< option by which known clean labels take the place of the set's; "": none
  std::string reads;             ///< what the file of option "file" holds: "labels" or "matrix"; "": it reads none
  bool looks_at_images = false;  ///< at the pixels of the population
  std::string images_from;       ///< option that names the data set whose images come in; "": none
  std::string copies_by;         ///< option that says how many more times each image is shown; "": none
  std::optional<AuthorParts> parts = {};
};

/// Of the compiled-in facts; those of a generator that only draws labels where there is no such generator.
const GeneratorTraits& generator_traits(const std::string& generator);

/// The member "traits" of a generator's facts, whose options are `options`. Problems at their place.
GeneratorTraits read_generator_traits(const JsonNode& node, const std::vector<OptionFacts>& options);

}  // namespace nlb
