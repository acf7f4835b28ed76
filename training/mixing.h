// training/mixing.h -- convex mixtures of a batch's rows (mixup: Zhang et al., ICLR 2018, arXiv:1710.09412) and what
// goes with them in MixMatch (Berthelot et al., NeurIPS 2019, arXiv:1905.02249) and its kin: sharpened targets, a
// penalty on uneven predictions.
#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "core/draws.h"

namespace nlb {

/// One mixing of B rows: row i becomes weight * row i + (1 - weight) * row order[i].
struct RowMixing {
  double weight;        ///< of the row itself, in (0, 1)
  torch::Tensor order;  ///< [B] int64, a permutation
};

/// weight: Beta(alpha, alpha) at (epoch, step) of derive(key, "weight"). order: draw_permutation of derive(key,
/// "order") at epoch + step * 2^32, as for the restarts of a stream. step < 2^16.
RowMixing draw_row_mixing(Key key, int64_t epoch, int64_t step, int64_t rows, double alpha, torch::Device device);

/// Rows [B, ...] mixed by one weight, or by weights [B] of their own.
torch::Tensor mix(const torch::Tensor& rows, double weight, const torch::Tensor& order);
torch::Tensor mix(const torch::Tensor& rows, const torch::Tensor& weights, const torch::Tensor& order);

/// p^(1/T) / sum p^(1/T) of each row, in logarithms, so that no power underflows. probabilities [B, C], temperature >
/// 0.
torch::Tensor sharpen(const torch::Tensor& probabilities, double temperature);

/// sum_c 1/C log((1/C) / mean_c): 0-dim, 0 where the batch's mean softmax is even. logits [B, C].
torch::Tensor uneven_penalty(const torch::Tensor& logits);

}  // namespace nlb
