// nets/preact_resnet.h -- pre-activation residual networks (He et al., ECCV 2016) for small images, in the form that
// the tables on CIFAR use: LiJunnan1992/DivideMix:PreResNet.py (the same file in
// shengliu66/ELR:ELR_plus/model/PreResNet.py).
//
// Departs from the paper as that file does: batch norm and ReLU follow the 3x3 stem, none stands before the final
// pooling, and the identity that enters a block is taken before its first batch norm. PreAct ResNet-18 so has
// 11,171,274 parameters; with the paper's ending, or without the stem's norm (kuangliu/pytorch-cifar), it has
// 11,172,170 or 11,171,146.
#pragma once

#include <memory>

#include "nets/net_request.h"

namespace nlb {

/// Blocks 2-2-2-2 of widths 64, 128, 256, 512, strides 1, 2, 2, 2; mean over the last map (4x4 from 32x32 images).
std::unique_ptr<Net> build_preact_resnet18(const NetRequest& request);

}  // namespace nlb
