// nets/preact_resnet.h -- pre-activation residual networks (He et al., ECCV 2016) for small images, in the forms that
// published tables use. They share the block and differ around it:
//
// | net             | source                                  | after stem | before pooling | 1x1 shortcut    |
// |-----------------|-----------------------------------------|------------|----------------|-----------------|
// | preact_resnet18 | LiJunnan1992/DivideMix:PreResNet.py     | norm, ReLU | nothing        | where needed    |
// | preact_resnet32 | DaikiTanaka-UT/JointOptimization:net.py | nothing    | norm, ReLU     | first of stages |
// | wrn_*           | mmazeika/glc:CIFAR/wideresnet.py        | nothing    | norm, ReLU     | where needed    |
//
// PreAct ResNet-18 has 11,171,274 parameters in this form (the same file is in shengliu66/ELR:ELR_plus/model); with
// the paper's ending, or without the stem's norm (kuangliu/pytorch-cifar), it has 11,172,170 or 11,171,146.
#pragma once

#include <memory>

#include "nets/net_request.h"

namespace nlb {

/// Blocks 2-2-2-2 of widths 64, 128, 256, 512, strides 1, 2, 2, 2; mean over the last map (4x4 from 32x32 images).
std::unique_ptr<Net> build_preact_resnet18(const NetRequest& request);

/// Blocks 5-5-5 of widths 32, 64, 128, strides 1, 2, 2, stem 32: of Joint Optimization, whose batch norm has eps 2e-5
/// (1e-5 here, as everywhere).
std::unique_ptr<Net> build_preact_resnet32(const NetRequest& request);

/// Wide residual network (Zagoruyko and Komodakis, BMVC 2016): depth 40, 2 times as wide. Stem 16, blocks 6-6-6 of
/// widths 32, 64, 128, strides 1, 2, 2. Option `dropout` acts between the two convolutions of a block, per element.
std::unique_ptr<Net> build_wrn_40_2(const NetRequest& request);

/// The same with blocks 4-4-4 of widths 160, 320, 640.
std::unique_ptr<Net> build_wrn_28_10(const NetRequest& request);

}  // namespace nlb
