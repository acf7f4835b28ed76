// datasets/noise/l2r.h -- uber-research/learning-to-reweight-examples:cifar/generate_noisy_cifar_data.py: labels drawn
// from all classes but the last, on images in an order that its validation and trusted images follow from too.
#pragma once

#include <cstdint>
#include <vector>

#include "datasets/noise/variants.h"

namespace nlb {

/// The program's order of `training` images, as their ranks among themselves: RandomState(seed) shuffles training and
/// `validation` images together, whose last ones are for validation; a second RandomState(seed) shuffles the others.
/// Trusted ones are the last of the order. Throws InputError for a seed that numpy does not take.
std::vector<int64_t> l2r_order(uint64_t seed, int64_t training, int64_t validation);

namespace noise {

/// Own draws. Throws InputError with options validation or trusted, which only the program's order has.
Labels l2r_uniform(const Request& request);
Labels l2r_background(const Request& request);

/// The first int(r m) of the m images of the order that are not trusted get floor(u (K - 1)), u of RandomState(seed +
/// 1): one for each, or one for all.
Labels l2r_numpy_uniform(const Request& request);
Labels l2r_numpy_background(const Request& request);

}  // namespace noise
}  // namespace nlb
