// datasets/noise_quota.h -- whether a generator that picks a fixed number of samples picks any.
#pragma once

#include <cstdint>

#include "datasets/noise.h"

namespace nlb {

/// Throws InputError where a rate above 0 picks no sample of `images`, the largest class having `of_class` of them,
/// because the fixed number is rounded down to 0: such noise is none. draw_noise asks it of its own population.
void check_quota(const NoiseSpec& noise, int64_t classes, int64_t images, int64_t of_class);
/// The same for classes of one size, as `validate` asks it of a setting.
void check_noise_picks(const NoiseSpec& noise, int64_t classes, int64_t images);

}  // namespace nlb
