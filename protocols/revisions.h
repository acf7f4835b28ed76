// protocols/revisions.h -- revisions that are part of every trial id and belong to no facts file: the plan needs them
// where LibTorch is missing. Each goes up when the code it speaks for moves a result.
#pragma once

namespace nlb {

/// Optimisers, schedules and averages of weights (optim/).
inline constexpr int kOptimiserRevision = 2;
/// Subsets, splits, batch order, augmentation and normalisation (datasets/training_data, batches/).
inline constexpr int kDataPathRevision = 1;

}  // namespace nlb
