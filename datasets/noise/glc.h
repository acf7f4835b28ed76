// datasets/noise/glc.h -- the order in which mmazeika/glc:MNIST/MNIST_experiments_pytorch.py reads MNIST: its label
// noise visits it, and the last images of it are its trusted set.
#pragma once

#include <cstdint>
#include <vector>

namespace nlb {

/// Images of MNIST's training file, the only one the order is defined for.
inline constexpr int64_t kGlcImages = 60000;

/// Indices into the training file: TensorFlow's reading order (5000..59999, then 0..4999), its first `population`
/// entries shuffled by RandomState(1). Throws InputError unless there are kGlcImages `images` and 1 <= population <=
/// images.
std::vector<int64_t> glc_order(int64_t population, int64_t images);

/// The one other class that each class flips to: RandomState(1).choice over the others, class after class.
std::vector<int64_t> glc_flip_targets(int64_t classes);

}  // namespace nlb
