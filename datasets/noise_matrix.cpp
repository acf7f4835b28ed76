#include "datasets/noise_matrix.h"

#include <algorithm>

#include "core/error.h"
#include "datasets/noise/registry.h"

namespace nlb {
namespace {

const noise::Generator* find_generator(const std::string& id) {
  const auto& all = noise::generators();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.id == id; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

std::vector<std::vector<double>> label_matrix(const NoiseSpec& noise, int64_t classes, uint64_t seed) {
  const auto* found = find_generator(noise.generator);
  if (found == nullptr) throw InputError("noise generator \"" + noise.generator + "\" is not built");
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

int64_t classes_never_most_probable(const NoiseSpec& noise, int64_t classes, uint64_t seed) {
  const auto* found = find_generator(noise.generator);
  if (found == nullptr || !found->matrix) return 0;
  std::vector<bool> named(static_cast<size_t>(classes), false);
  for (const auto& row : label_matrix(noise, classes, seed)) {
    const double most = *std::max_element(row.begin(), row.end());
    for (size_t label = 0; label < row.size(); ++label) {
      if (row[label] >= most) named[label] = true;
    }
  }
  return std::count(named.begin(), named.end(), false);
}

}  // namespace nlb
