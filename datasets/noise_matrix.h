// datasets/noise_matrix.h -- the probabilities by which a generator draws labels, where they follow from the clean
// label alone: what "true T" is in tables of methods that are told the noise.
#pragma once

#include <cstdint>
#include <vector>

#include "protocols/trial.h"

namespace nlb {

/// [classes, classes], row = clean class, column = noisy class; the identity at rate 0. Of a generator that draws exact
/// counts, the shares that it aims at. `seed`: of the noise, by which some draw their map. Throws InputError for a
/// generator whose labels depend on more than the clean one (the image, a file, labels already moved), and as
/// check_noise does.
std::vector<std::vector<double>> label_matrix(const NoiseSpec& noise, int64_t classes, uint64_t seed);

/// How many classes the best classifier of the noisy labels never names: those that are no clean class's most probable
/// label (one of several equal ones is named). 0 for a generator without a matrix.
int64_t classes_never_most_probable(const NoiseSpec& noise, int64_t classes, uint64_t seed);

}  // namespace nlb
