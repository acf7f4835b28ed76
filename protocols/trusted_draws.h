// protocols/trusted_draws.h -- the ways in which a protocol may ask for its trusted set to be drawn, and the options
// that each takes. What they do: datasets/trusted_draws.h, one row for each.
#pragma once

#include <string>
#include <vector>

#include "core/json.h"

namespace nlb {

struct TrustedDraw {
  std::string word;  ///< TrustedSpec::draw
  /// Reads its "options", which are then required; null: it takes none.
  Json (*read_options)(const JsonNode& node) = nullptr;
};

const std::vector<TrustedDraw>& trusted_draws();
/// Throws InternalError for a word that is none of them.
const TrustedDraw& trusted_draw(const std::string& word);

}  // namespace nlb
