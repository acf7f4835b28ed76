// nets/winograd_conv.h -- 3x3 convolutions of stride 1 by kernels/winograd.h as a node of the autograd graph, on a CPU.
#pragma once

#include <torch/torch.h>

namespace nlb {

/// Version of the arithmetic of our own layers on a CPU; part of the determinism class of the nets that use them.
inline constexpr int kHostLayersVersion = 2;

/// Whether winograd_conv takes this: float32 on a CPU, 3x3, stride 1, padding 0 to 2, channels in whole registers.
bool takes_winograd(const torch::Tensor& input, const torch::Tensor& weight, int64_t stride, int64_t padding);

/// Convolution [B, in, H, W] -> [B, out, H', W'] with channels last; weight [out, in, 3, 3], bias [out] or undefined.
/// Its bits are the same for any number of threads and, image by image, for any batch. The gradient is that of the
/// first derivative alone: throws where a graph of it is asked for.
torch::Tensor winograd_conv(const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias,
                            int64_t padding);

}  // namespace nlb
