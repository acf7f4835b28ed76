#include "training/mixing.h"

#include <cmath>

#include "batches/host_mirror.h"
#include "core/error.h"

namespace nlb {

RowMixing draw_row_mixing(Key key, int64_t epoch, int64_t step, int64_t rows, double alpha, torch::Device device) {
  NLB_CHECK(epoch >= 0 && epoch < (int64_t{1} << 32) && step >= 0 && step < (int64_t{1} << 16), "step out of range");
  // Epoch and step share the 64 bits of a draw's index: hence the bounds above.
  const auto e = static_cast<uint64_t>(epoch), s = static_cast<uint64_t>(step);
  const auto order = torch::tensor(draw_permutation(derive(key, "order"), e | s << 32, rows), torch::kInt64);
  return {.weight = draw_beta(derive(key, "weight"), e, s, alpha, alpha), .order = upload(order, device)};
}

torch::Tensor mix(const torch::Tensor& rows, double weight, const torch::Tensor& order) {
  return rows * weight + rows.index_select(0, order) * (1 - weight);
}

torch::Tensor mix(const torch::Tensor& rows, const torch::Tensor& weights, const torch::Tensor& order) {
  // [B, 1, 1, ...]: one weight per row, spread over all other dimensions.
  std::vector<int64_t> shape(static_cast<size_t>(rows.dim()), 1);
  shape[0] = rows.size(0);
  const auto share = weights.to(rows.scalar_type()).view(shape);
  return rows * share + rows.index_select(0, order) * (1 - share);
}

torch::Tensor sharpen(const torch::Tensor& probabilities, double temperature) {
  // p^(1 / T) over its sum, which in logarithms is a softmax.
  return torch::softmax(torch::log(probabilities) / temperature, 1);
}

torch::Tensor uneven_penalty(const torch::Tensor& logits) {
  static constexpr int64_t kRows[] = {0};
  const auto sums = torch::logsumexp(torch::log_softmax(logits, 1), at::IntArrayRef(kRows));
  const auto log_means = sums - std::log(static_cast<double>(logits.size(0)));
  return -log_means.mean() - std::log(static_cast<double>(logits.size(1)));
}

}  // namespace nlb
