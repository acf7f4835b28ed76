#include "nets/host_norm.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/host_norm.h"

namespace nlb {
namespace {

int64_t parts_of(const NormShape& shape) { return (shape.rows + kHostNormRows - 1) / kHostNormRows; }

/// Calls work(first, last) for every part of the rows.
template <typename Work>
void over_parts(const NormShape& shape, Work work) {
  at::parallel_for(0, parts_of(shape), 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part) {
      work(part, part * kHostNormRows, std::min((part + 1) * kHostNormRows, shape.rows));
    }
  });
}

/// Two sums per channel over all rows; work(first, last, totals) adds those of a part.
template <typename Work>
std::vector<double> sums_of(const NormShape& shape, Work work) {
  const auto width = static_cast<size_t>(2 * shape.channels);
  std::vector<double> parts(static_cast<size_t>(parts_of(shape)) * width);
  over_parts(shape, [&](int64_t part, int64_t first, int64_t last) {
    work(first, last, parts.data() + static_cast<size_t>(part) * width);
  });
  std::vector<double> totals(width);
  for (size_t at = 0; at < parts.size(); ++at) totals[at % width] += parts[at];
  return totals;
}

bool has_kernels(const NormShape& shape) { return shape.rows > 0 && shape.channels % host_norm_kernels().lanes == 0; }

}  // namespace

void host_norm_forward(const NormForward<float>& how) {
  if (!has_kernels(how.shape)) return norm_forward_cpu(how);
  const auto [rows, channels] = how.shape;
  std::vector<float> shift(static_cast<size_t>(channels));
  for (size_t c = 0; c < shift.size(); ++c) shift[c] = how.x[c] + (how.before != nullptr ? how.before[c] : 0);
  const auto totals = sums_of(how.shape, [&](int64_t first, int64_t last, double* into) {
    host_norm_kernels().forward_sums(how, shift.data(), first, last, into);
  });
  for (size_t c = 0; c < shift.size(); ++c) {
    const auto found = norm_moments<float>(shift[c], totals[c], totals[shift.size() + c], rows, how.epsilon);
    how.mean[c] = found.mean;
    how.inverse[c] = found.inverse;
    if (how.running_mean == nullptr) continue;
    norm_keep(how.running_mean + c, found.mean, how.momentum);
    const auto unbiased = static_cast<double>(rows) / static_cast<double>(rows - 1);
    norm_keep(how.running_variance + c, static_cast<float>(found.variance * unbiased), how.momentum);
  }
  over_parts(how.shape, [&](int64_t, int64_t first, int64_t last) {
    host_norm_kernels().forward_values(how, /*adds=*/false, first, last);
  });
}

void host_norm_evaluate(const NormForward<float>& how) {
  if (!has_kernels(how.shape)) return norm_evaluate_cpu(how);
  std::vector<float> inverse(static_cast<size_t>(how.shape.channels));
  for (size_t c = 0; c < inverse.size(); ++c) {
    inverse[c] = static_cast<float>(1 / std::sqrt(static_cast<double>(how.running_variance[c]) + how.epsilon));
  }
  NormForward<float> kept = how;
  kept.mean = how.running_mean;
  kept.inverse = inverse.data();
  over_parts(how.shape, [&](int64_t, int64_t first, int64_t last) {
    host_norm_kernels().forward_values(kept, /*adds=*/true, first, last);
  });
}

void host_norm_backward(const NormBackward<float>& how) {
  if (!has_kernels(how.shape)) return norm_backward_cpu(how);
  const auto [rows, channels] = how.shape;
  const auto totals = sums_of(how.shape, [&](int64_t first, int64_t last, double* into) {
    host_norm_kernels().backward_sums(how, first, last, into);
  });
  std::vector<float> mean(static_cast<size_t>(channels)), slope(mean);
  for (size_t c = 0; c < mean.size(); ++c) {
    const double total = totals[c], product = totals[mean.size() + c], inverse = how.inverse[c];
    how.bias_gradient[c] = static_cast<float>(total);
    how.weight_gradient[c] = static_cast<float>(product * inverse);
    mean[c] = static_cast<float>(total / static_cast<double>(rows));
    slope[c] = static_cast<float>(product / static_cast<double>(rows) * inverse * inverse);
  }
  over_parts(how.shape, [&](int64_t, int64_t first, int64_t last) {
    host_norm_kernels().backward_values(how, mean.data(), slope.data(), first, last);
  });
}

}  // namespace nlb
