// nets/resnet29.h -- the small pre-activation network of IEG (Zhang et al., CVPR 2020): residual units of three
// convolutions (He et al., ECCV 2016), google-research/google-research:ieg/models/cifar10_resnet.py with depth 29.
#pragma once

#include <memory>

#include "nets/net_request.h"

namespace nlb {

/// Stem 16 with norm and ReLU; three stages of three units, inner widths 16, 64, 128, outputs 64, 128, 256, strides 1,
/// 2, 2 on the first unit's first 1x1 convolution and on the 1x1 shortcut that each stage begins with; norm, ReLU, mean
/// over the last map. As released, the 1x1 convolution that begins a unit reads the norm's output without a ReLU (the
/// variable that names the activation keeps the value it gets in the very first unit, which has no norm there either).
std::unique_ptr<Net> build_resnet29(const NetRequest& request);

}  // namespace nlb
