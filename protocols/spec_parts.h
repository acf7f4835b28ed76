// protocols/spec_parts.h -- the parts of a TrialSpec as JSON: read alike from protocol files and from to_json's text.
#pragma once

#include "facts/facts.h"
#include "protocols/trial.h"

namespace nlb {

// Each reads the members of one object and leaves the closing to the caller, whose object may hold more ("source").
DataSpec read_data(ObjectReader& reader);  ///< without the digest
TrustedSpec read_trusted(ObjectReader& reader);
RecipeSpec read_recipe(ObjectReader& reader);

/// As inside to_json(TrialSpec).
Json to_json(const RecipeSpec& recipe);

/// `base` with the members of `patch`: objects are merged, but one with an "id" replaces (its other members belong to
/// that id); null removes.
Json patched(Json base, const Json& patch);

}  // namespace nlb
