// datasets/noise/registry.h -- every generator that is built, as the variants its words name.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "datasets/noise/variants.h"

namespace nlb::noise {

/// What a generator does for one value of each of its words.
struct Variant {
  std::vector<std::string_view> words;
  std::function<NoisyLabels(const Request&)> make;
};

struct Generator {
  std::string_view id;
  std::vector<std::string_view> options;  ///< the words' names
  std::vector<Variant> variants;
  int64_t classes = 0;        ///< the only number of classes it is defined for; 0: any from 2 on
  bool up_to_one = false;     ///< rate 1 is allowed
  bool nominal_rate = false;  ///< the rate is only printed, so rate 0 is no reason to leave labels alone
  /// What labels are drawn by where they follow from the clean one alone; else empty.
  std::function<Matrix(const Request&)> matrix = {};
};

const std::vector<Generator>& generators();

}  // namespace nlb::noise
