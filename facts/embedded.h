// facts/embedded.h -- the facts files as compiled in; the table is written by cmake/nlb_targets.cmake.
#pragma once

#include <vector>

namespace nlb {

struct EmbeddedFacts {
  const char* kind;  ///< "method", "net", "dataset" or "generator"
  const char* file;  ///< path in the source tree, for messages
  const char* text;  ///< JSON
};

const std::vector<EmbeddedFacts>& embedded_facts();

}  // namespace nlb
