#include "training/transition.h"

#include <cmath>

#include "core/error.h"
#include "training/losses.h"

namespace nlb {
namespace {

/// [G, K] float64 of 0 and 1. Products with it sum in a fixed order on every device; index_add does not.
torch::Tensor membership(const torch::Tensor& labels, int64_t classes) {
  return torch::one_hot(labels, classes).to(torch::kFloat64);
}

/// [B, K]: logarithms of column `label` of the matrix for each sample.
torch::Tensor log_columns(const torch::Tensor& matrix, const torch::Tensor& labels) {
  return matrix.log().t().index_select(0, labels);
}

/// 0-dim: the sorted element at ceil(percentile / 100 * (n - 1)), numpy's rule "higher".
torch::Tensor percentile_higher(const torch::Tensor& values, double percentile) {
  const auto rank = static_cast<int64_t>(std::ceil(percentile / 100 * static_cast<double>(values.numel() - 1)));
  return std::get<0>(values.kthvalue(rank + 1));
}

}  // namespace

torch::Tensor forward_losses(const torch::Tensor& logits, const torch::Tensor& labels, const torch::Tensor& matrix) {
  return -torch::logsumexp(torch::log_softmax(logits, 1) + log_columns(matrix, labels), 1);
}

torch::Tensor forward_losses(const torch::Tensor& logits, const torch::Tensor& labels, const torch::Tensor& matrix,
                             const torch::Tensor& trusted) {
  // Columns are chosen, not losses: a label that the matrix calls impossible would send NaN through torch::where.
  const auto identity = torch::eye(matrix.size(0), matrix.options());
  const auto columns = torch::where(trusted.unsqueeze(1), log_columns(identity, labels), log_columns(matrix, labels));
  return -torch::logsumexp(torch::log_softmax(logits, 1) + columns, 1);
}

torch::Tensor forward_losses_clamped(const torch::Tensor& logits, const torch::Tensor& labels,
                                     const torch::Tensor& matrix, double least) {
  return -torch::logsumexp(log_softmax_clamped(logits, least) + log_columns(matrix, labels), 1);
}

torch::Tensor backward_losses(const torch::Tensor& logits, const torch::Tensor& labels, const torch::Tensor& inverse,
                              double least) {
  const auto probabilities = torch::softmax(logits, 1).clamp(least, 1 - least);
  return -(inverse.index_select(0, labels) * probabilities.log()).sum(1);
}

torch::Tensor inverted(const torch::Tensor& matrix) {
  const auto [inverse, info] = torch::linalg_inv_ex(matrix.to(torch::kFloat64));
  if (info.item<int64_t>() != 0 || !inverse.isfinite().all().item<bool>()) {
    throw TrialFailure("the transition matrix is singular");
  }
  return inverse.to(matrix.scalar_type());
}

void read(OptionReader& from, AnchorOptions& to) {
  bool by_percentile = false;
  from.read("anchor", by_percentile, {{"argmax", false}, {"percentile", true}});
  from.read("anchor_percentile", to.percentile);
  if (!by_percentile) to.percentile.reset();
  from.read("anchor_zeroes_stay", to.zeroes_stay);
  from.read("normalise_rows", to.normalise_rows);
}

torch::Tensor anchor_matrix(const torch::Tensor& probabilities, const AnchorOptions& options) {
  const int64_t classes = probabilities.size(1);
  auto remaining = probabilities.clone();
  std::vector<torch::Tensor> rows;
  for (int64_t c = 0; c < classes; ++c) {
    auto column = remaining.select(1, c);
    if (!options.zeroes_stay) column = column.clone();
    if (options.percentile) column.masked_fill_(column >= percentile_higher(column, *options.percentile), 0);
    rows.push_back(remaining.index_select(0, column.argmax().view({1})));
  }
  auto matrix = torch::cat(rows);
  return options.normalise_rows ? matrix / matrix.sum(1, true) : matrix;
}

torch::Tensor mean_rows(const torch::Tensor& probabilities, const torch::Tensor& labels) {
  const int64_t classes = probabilities.size(1);
  const auto members = membership(labels, classes);
  const auto counts = members.sum(0).unsqueeze(1);
  const auto sums = torch::mm(members.t(), probabilities.to(torch::kFloat64));
  const auto identity = torch::eye(classes, sums.options());
  return torch::where(counts > 0, sums / counts, identity).to(probabilities.scalar_type());
}

torch::Tensor confusion_rows(const torch::Tensor& predicted, const torch::Tensor& labels, int64_t classes,
                             double epsilon, double smoothing) {
  const auto counts = torch::mm(membership(labels, classes).t(), membership(predicted, classes));
  return (1 - smoothing) * counts / (counts.sum(1, true) + epsilon) + smoothing / static_cast<double>(classes);
}

}  // namespace nlb
