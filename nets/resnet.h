// nets/resnet.h -- residual networks (He et al., CVPR 2016) for small images: 3x3 stem without pooling, 1x1 convolution
// and batch norm where a shortcut changes shape, mean over the last map.
#pragma once

#include <memory>

#include "nets/net_request.h"

namespace nlb {

/// Basic blocks 3-4-6-3 of widths 64, 128, 256, 512, strides 1, 2, 2, 2, stem 64:
/// shengliu66/ELR:ELR/model/ResNet_Zoo.py.
std::unique_ptr<Net> build_resnet34(const NetRequest& request);

/// Basic blocks 5-5-5 of widths 16, 32, 64, strides 1, 2, 2, stem 16: the re-runs of INCV's authors,
/// chenpf1025/noisy_label_understanding_utilizing:my_model.py. Their convolutions have biases, which the batch norms
/// behind them take away again; these have none.
std::unique_ptr<Net> build_resnet32(const NetRequest& request);

/// Units of 1x1, 3x3 and 1x1 convolutions, 3-4-6-3 of widths 64, 128, 256, 512, each ending four times as wide, strides
/// 1, 2, 2, 2 on the 3x3 convolution, stem 64: dmizr/phuber names the form (3x3 stem, no pooling),
/// kuangliu/pytorch-cifar:models/resnet.py has it.
std::unique_ptr<Net> build_resnet50(const NetRequest& request);

}  // namespace nlb
