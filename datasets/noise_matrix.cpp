#include "datasets/noise_matrix.h"

#include <algorithm>

#include "core/error.h"
#include "datasets/noise/registry.h"

namespace nlb {

std::vector<std::vector<double>> label_matrix(const NoiseSpec& noise, int64_t classes, uint64_t seed) {
  const auto& all = noise::generators();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.id == noise.generator; });
  if (found == all.end()) throw InputError("noise generator \"" + noise.generator + "\" is not built");
  if (!found->matrix) {
    throw InputError("noise " + noise.generator +
                     ": its labels do not follow from the clean one alone, so no matrix draws them; a method that is "
                     "told the matrix needs another generator");
  }
  const Key key = derive(seed, "noise");
  return found->matrix({.population = {.clean = {}, .classes = classes},
                        .rate = noise.rate,
                        .seed = seed,
                        .options = noise.options,
                        .key = key,
                        .choose_key = derive(key, "choose"),
                        .class_key = derive(key, "class")});
}

}  // namespace nlb
