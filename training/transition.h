// training/transition.h -- the mathematics of transition matrices: T [K, K], row = clean class, column = noisy class,
// rows that sum to 1 unless said otherwise. Losses with a matrix, and matrices from a network's predictions.
#pragma once

#include <torch/torch.h>

#include <optional>

#include "facts/option_reader.h"

namespace nlb {

/// -log(sum_k p_k T[k, label]) of each sample, p = softmax(logits): [B]. Summed in logarithms, so it is finite wherever
/// some class with p_k > 0 has T[k, label] > 0. logits [B, K] float; labels [B] int64 in [0, K); matrix [K, K] like
/// logits, without gradient. Patrini et al., CVPR 2017, theorem 2.
torch::Tensor forward_losses(const torch::Tensor& logits, const torch::Tensor& labels, const torch::Tensor& matrix);
/// The same, but cross-entropy where `trusted` [B] bool says so. Hendrycks et al., NeurIPS 2018, algorithm 1.
torch::Tensor forward_losses(const torch::Tensor& logits, const torch::Tensor& labels, const torch::Tensor& matrix,
                             const torch::Tensor& trusted);

/// The first with softmax clamped to [least, 1 - least] before the product: [B], as
/// giorgiop/loss-correction:loss.py:23-29 has it.
torch::Tensor forward_losses_clamped(const torch::Tensor& logits, const torch::Tensor& labels,
                                     const torch::Tensor& matrix, double least);

/// sum_k inverse[label, k] * -log(p_k), p = softmax(logits) clamped to [least, 1 - least]: [B], may be negative.
/// inverse [K, K] = T^-1. Patrini et al., theorem 1; the clamp is Keras's.
torch::Tensor backward_losses(const torch::Tensor& logits, const torch::Tensor& labels, const torch::Tensor& inverse,
                              double least);

/// T^-1 in float64, [K, K] of the type of `matrix`. Throws TrialFailure for a matrix that is singular in double.
torch::Tensor inverted(const torch::Tensor& matrix);

/// How a class's row is found in the predictions for all samples.
struct AnchorOptions {
  /// Percent; probabilities at and above it (the higher of two neighbours) are ignored; empty: none is, so that the
  /// largest of the class is found.
  std::optional<double> percentile;
  bool zeroes_stay;     ///< ignored entries stay 0 for later classes, as numpy views have it in the released codes
  bool normalise_rows;  ///< rows are divided by their sums
};
/// Reads the options "anchor", "anchor_percentile", "anchor_zeroes_stay", "normalise_rows".
void read(OptionReader& from, AnchorOptions& to);

/// Row k: the probabilities of the sample whose probability of class k is largest among those not ignored.
/// probabilities [N, K] float on any device; returns [K, K]. giorgiop/loss-correction:models.py, class NoiseEstimator;
/// mmazeika/glc.
torch::Tensor anchor_matrix(const torch::Tensor& probabilities, const AnchorOptions& options);

/// Row k: mean of the rows with label k; of a class without one, row k of the identity. probabilities [G, K] float,
/// labels [G] int64; [K, K] like probabilities, summed in double. Hendrycks et al., NeurIPS 2018, section 3.
torch::Tensor mean_rows(const torch::Tensor& probabilities, const torch::Tensor& labels);

/// (1 - smoothing) * counts[label, predicted] / (row sum + epsilon) + smoothing / K: [K, K] float64. predicted, labels
/// [G] int64. A class without a sample has a row of smoothing / K. mmazeika/glc:MNIST/MNIST_experiments_pytorch.py.
torch::Tensor confusion_rows(const torch::Tensor& predicted, const torch::Tensor& labels, int64_t classes,
                             double epsilon, double smoothing);

}  // namespace nlb
