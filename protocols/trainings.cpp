#include "protocols/trainings.h"

#include <algorithm>

namespace nlb {

int64_t trainings_of(const TrialSpec& spec, const MethodFacts& method) {
  if (method.trainings_option.empty()) return method.trainings;
  return spec.method.options.at(method.trainings_option).get<int64_t>();
}

int64_t last_training_begin(const TrialSpec& spec, const MethodFacts& method, int64_t epochs) {
  for (const std::string& option : method.training_starts) {
    // A training that begins with the recipe's end is left out, so the one before it is the last.
    if (const auto start = spec.method.options.at(option).get<int64_t>(); start < epochs) return start;
  }
  return trainings_of(spec, method) > 1 ? std::max<int64_t>(0, epochs - spec.recipe.epochs) : 0;
}

}  // namespace nlb
