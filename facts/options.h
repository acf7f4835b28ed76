// facts/options.h -- the declaration of one option as facts files write it.
#pragma once

#include <vector>

#include "facts/facts.h"

namespace nlb {

/// Reads the list `node`: [{"name", "type", bounds, "words", "unit", "doc", "optional", "with"}, ...], and lets
/// "absent" pass, which read_option_rules reads. Problems at their place.
std::vector<OptionFacts> read_option_facts(const JsonNode& node);
/// Reads "at_least" or "above" and "at_most" or "below" of an object.
Range read_range(ObjectReader& reader);

}  // namespace nlb
