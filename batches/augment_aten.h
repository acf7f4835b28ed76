// batches/augment_aten.h -- the augmentation in tensor operations, for devices whose kernel is not compiled in.
#pragma once

#include <torch/torch.h>

#include "kernels/augment.h"

namespace nlb {

/// Equals augment_cpu element by element, on any device. pixels [N, C, H, W] uint8; rows [B] int64; images [B] int64 in
/// [0, N): where the image of each row lies; table [C, 256] as normalisation_table returns it; how.policy's arrays are
/// host memory. Returns [B, C, H, W] of the table's type. Placements are drawn on the host: reads `rows` back. Policies
/// and cutout are computed there.
torch::Tensor augment_aten(const torch::Tensor& pixels, const torch::Tensor& rows, const torch::Tensor& images,
                           const Augmentation& how, const torch::Tensor& table);

}  // namespace nlb
