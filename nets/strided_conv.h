// nets/strided_conv.h -- 3x3 convolutions of stride 2 by kernels/strided_conv.h as a node of the autograd graph, on a
// CPU.
#pragma once

#include <torch/torch.h>

namespace nlb {

/// Whether strided_conv takes this: float32 on a CPU, 3x3, stride 2, padding 1, even sides, `in` a multiple of
/// kStridedIn and `out` of whole registers.
bool takes_strided(const torch::Tensor& input, const torch::Tensor& weight, int64_t stride, int64_t padding);

/// Convolution [B, in, H, W] -> [B, out, H / 2, W / 2] with channels last; weight [out, in, 3, 3]. What winograd_conv
/// says of bits and derivatives holds here.
torch::Tensor strided_conv(const torch::Tensor& input, const torch::Tensor& weight);

}  // namespace nlb
