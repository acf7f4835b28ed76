// datasets/noise/instance_dependent.h -- noise that depends on the image: random projections of its pixels.
// Xia et al., "Part-dependent label noise", NeurIPS 2020; xiaoboxia/Part-dependent-label-noise:tools.py.
#pragma once

#include "datasets/noise/variants.h"

namespace nlb::noise {

/// Sample i flips with probability q_i (normal, mean r, deviation .1, cut to [0, 1]) to class j != y_i with probability
/// softmax(x_i W)_j over the other classes. Option weights: W of its own for each clean class, or one for all; option
/// pixels: x raw or normalised.
Labels instance_dependent(const Request& request);

}  // namespace nlb::noise
