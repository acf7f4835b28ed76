// protocols/sourced_values.h -- every value of a resolved trial with its source: what `describe` and the run views
// print.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "protocols/trial.h"

namespace nlb {

struct SourcedValue {
  std::string pointer, value,
      source;  ///< JSON pointer into to_json(TrialSpec); text of the leaf; "" where no block has a source
};

/// The leaves of `spec` in the order of their keys, each with its own source or that of the nearest block around it.
std::vector<SourcedValue> sourced_values(const TrialSpec& spec, const std::map<std::string, std::string>& sources);

}  // namespace nlb
