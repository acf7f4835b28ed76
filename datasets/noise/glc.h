// datasets/noise/glc.h -- how mmazeika/glc corrupts labels. MNIST/MNIST_experiments_pytorch.py visits an order of its
// own, whose last images are its trusted set; CIFAR/load_corrupted_data.py visits the file in order behind its trusted
// set, the first images of the file.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace nlb {

/// Images of MNIST's training file, the only one the order is defined for.
inline constexpr int64_t kGlcImages = 60000;

/// Indices into the training file: TensorFlow's reading order (5000..59999, then 0..4999), its first `population`
/// entries shuffled by RandomState(1). Throws InputError unless there are kGlcImages `images` and 1 <= population <=
/// images.
std::vector<int64_t> glc_order(int64_t population, int64_t images);

/// Coarse class 0..19 of each of CIFAR-100's fine classes; five fine ones make a coarse one.
extern const std::array<uint8_t, 100> kCifar100Superclass;

/// The one other class that each class flips to: RandomState(1).choice over the others, class after class.
std::vector<int64_t> glc_flip_targets(int64_t classes);

}  // namespace nlb
