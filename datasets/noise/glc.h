// datasets/noise/glc.h -- how mmazeika/glc corrupts labels. MNIST/MNIST_experiments_pytorch.py visits an order of its
// own, whose last images are its trusted set; CIFAR/load_corrupted_data.py visits the file in order behind its trusted
// set, the first images of the file.
#pragma once

#include <cstdint>
#include <vector>

#include "datasets/noise/variants.h"

namespace nlb {

/// Images of MNIST's training file, the only one the order is defined for.
inline constexpr int64_t kGlcImages = 60000;

/// Indices into the training file: TensorFlow's reading order (5000..59999, then 0..4999), its first `population`
/// entries shuffled by RandomState(1). Throws InputError unless there are kGlcImages `images` and 1 <= population <=
/// images.
std::vector<int64_t> glc_order(int64_t population, int64_t images);

/// The one other class that each class flips to: RandomState(1).choice over the others, class after class.
std::vector<int64_t> glc_flip_targets(int64_t classes);

namespace noise {

Matrix glc_flip_matrix(const Request& request);

/// One choice a sample in GLC's order, on the stream behind its shuffle; images that take no part keep their labels.
/// The stream is the authors' for seed 1; the order is theirs for every seed.
Labels with_glc_stream(const Request& request, const Matrix& rows);
/// In file order behind the first `trusted_first` images, one choice a sample. Throws InputError unless all images take
/// part.
Labels with_glc_file_stream(const Request& request, const Matrix& rows);

template <auto MatrixOf>
Labels glc_stream(const Request& request) {
  return with_glc_stream(request, MatrixOf(request));
}
template <auto MatrixOf>
Labels glc_file_stream(const Request& request) {
  return with_glc_file_stream(request, MatrixOf(request));
}

}  // namespace noise
}  // namespace nlb
