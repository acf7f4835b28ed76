// nets/tensorflow_draws.h -- what TensorFlow's random operators give on a CPU from a pair of seeds, element for
// element: tensorflow/core/lib/random/{philox_random, random_distributions}.h and kernels/random_op.cc, the same
// in 1.10 and 2.x.
#pragma once

#include <cstdint>

namespace nlb {

/// `graph`: of tf.set_random_seed in the graph at hand, 87654321 where there is none; `op`: the operator's own. An
/// operator that runs once starts at the stream's beginning, so equal seeds give equal values.
struct TensorflowSeeds {
  uint64_t graph = 87654321, op = 0;
};

/// Elements 4 `group` to 4 `group` + 3, in C order, of tf.truncated_normal with mean 0 and deviation 1: normals by Box
/// and Muller from words 256 `group` on of the stream, those of size 2 or more left out. TensorFlow computes in float;
/// here the same words go through double, so values agree up to float's last bits.
void tensorflow_truncated_normals(TensorflowSeeds seeds, int64_t group, double values[4]);

/// The same elements of tf.random_uniform on [0, 1): multiples of 2^-23, exact.
void tensorflow_uniforms(TensorflowSeeds seeds, int64_t group, double values[4]);

}  // namespace nlb
