// nets/resnet.h -- residual networks (He et al., CVPR 2016) for small images: 3x3 stem without pooling, as
// shengliu66/ELR:ELR/model/ResNet_Zoo.py.
#pragma once

#include <memory>

#include "nets/net_request.h"

namespace nlb {

/// Basic blocks 3-4-6-3 of widths 64, 128, 256, 512, strides 1, 2, 2, 2; 1x1 convolution and batch norm where a
/// shortcut changes shape; mean over the last map (4x4 from 32x32 images).
std::unique_ptr<Net> build_resnet34(const NetRequest& request);

}  // namespace nlb
