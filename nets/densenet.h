// nets/densenet.h -- densely connected networks (Huang et al., CVPR 2017) for small images, in the form of
// pokaxpoka/RoGNoisyLabel:models/densenet.py.
#pragma once

#include <memory>

#include "nets/net_request.h"

namespace nlb {

/// DenseNet-BC, depth 100, growth 12: stem 24; three dense blocks of 16 units (1x1 convolution to 48 maps, 3x3 to 12,
/// norm and ReLU before each); between them norm, ReLU, 1x1 convolution to half of the maps, mean over 2x2; at last
/// norm, ReLU, mean over the map (8x8 from 32x32 images), 342 features. No dropout.
std::unique_ptr<Net> build_densenet_100(const NetRequest& request);

}  // namespace nlb
