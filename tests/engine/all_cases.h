// tests/engine/all_cases.h -- every method with the options that reach its stages: what loops over the registry train.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "methods/registry.h"
#include "tests/support/tiny_trial.h"
#include "training/method.h"

namespace nlb::test {

struct Case {
  std::string method;
  Json options;
};

/// Options by method that reach every stage within four epochs, `instead` of those made up from the facts' ranges, or
/// `besides` them.
inline Json tiny_options(const std::string& method, const std::string& place) {
  static const Json all = Json::parse(std::ifstream(NLB_SOURCE_DIR "/tests/methods/tiny_options.json"));
  return all.value(method, Json::object()).value(place, Json::array());
}

inline std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const std::string& id : built_methods()) {
    for (const Json& options : tiny_options(id, "besides")) cases.push_back({id, options});
    const Json instead = tiny_options(id, "instead");
    for (const Json& options : instead) cases.push_back({id, options});
    if (!instead.empty()) continue;
    for (const Json& options : option_variants(facts().methods.at(id))) cases.push_back({id, options});
  }
  return cases;
}

/// A trial of the case. Where a word of its options asks for held-out samples, tiny_data's ten have noisy labels.
inline TrialSpec spec_of(const Case& one) {
  TrialSpec spec = tiny_spec(one.method, one.options);
  if (ask_held_out(one.options)) {
    spec.data.held_out = {
        .count = kTinyHeldOut, .labels = HeldOutLabels::noisy, .stratified = false, .noise = NoiseDrawn::before_split};
  }
  return spec;
}

}  // namespace nlb::test
