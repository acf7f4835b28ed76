// tests/methods/matrices.h -- transition matrices of the cards, and a trusted set's losses as the authors of GLC
// compute them.
#pragma once

#include <torch/torch.h>

#include <string>

#include "tests/methods/authors_vectors.h"
#include "training/transition.h"

namespace nlb::test {

/// T of the cards of Forward and Backward.
inline torch::Tensor matrix_t() {
  return torch::tensor({{.7, .1, .1, .1}, {.05, .8, .1, .05}, {.2, .1, .6, .1}, {0., .05, .15, .8}}, kDouble);
}
/// GLC's worked example: what six trusted samples of four classes give.
inline torch::Tensor matrix_glc() {
  return torch::tensor({{.6, .2, .1, .1}, {.1, .8, .05, .05}, {.2, .2, .5, .1}, {.05, .15, .1, .7}}, kDouble);
}
inline torch::Tensor gold_labels() { return torch::tensor({0, 0, 1, 2, 3, 3}, torch::kInt64); }
inline torch::Tensor gold_rows() {
  return torch::tensor(
      {{.7, .1, .1, .1}, {.5, .3, .1, .1}, {.1, .8, .05, .05}, {.2, .2, .5, .1}, {.1, .1, .1, .7}, {0., .2, .1, .7}},
      kDouble);
}

/// What a matrix estimated from a trusted set leads to, as the authors' code has it.
inline void check_gold_losses(const Vector& vector, const torch::Tensor& matrix) {
  check_near(matrix, vector.out("matrix"));
  const auto labels = torch::cat({vector.classes("labels_others"), vector.classes("labels_trusted")});
  const auto others = vector.in("logits_others").size(0);
  const auto trusted = torch::arange(labels.size(0)) >= others;
  const auto losses =
      forward_losses(torch::cat({vector.in("logits_others"), vector.in("logits_trusted")}), labels, matrix, trusted);
  check_near(losses.slice(0, 0, others).sum(), vector.out("sum_others"));
  check_near(losses.slice(0, others).sum(), vector.out("sum_trusted"));
  check_near(losses.sum() / vector.number("batch_size"), vector.out("loss"));
}

/// The rows of T at the anchors of the authors' code of GLC.
inline torch::Tensor released_anchors(const torch::Tensor& probabilities) {
  return anchor_matrix(probabilities, {.percentile = 97, .zeroes_stay = true, .normalise_rows = false});
}

}  // namespace nlb::test
