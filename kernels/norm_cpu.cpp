#include <cmath>
#include <vector>

#include "kernels/norm.h"

namespace nlb {
namespace {

template <class T>
Arithmetics<T> sum_at(const NormForward<T>& how, int64_t i) {
  if (how.before == nullptr) return widen(how.x[i]);
  how.sum[i] = narrow<T>(widen(how.x[i]) + widen(how.before[i]));
  return widen(how.sum[i]);
}

template <class T>
void write_at(const NormForward<T>& how, int64_t i, int64_t c, Arithmetics<T> s, Arithmetics<T> mean,
              Arithmetics<T> inverse) {
  auto value = norm_value(s, mean, inverse, how.weight[c], how.bias[c]);
  if (how.after != nullptr) value += widen(how.after[i]);
  how.y[i] = narrow<T>(norm_activate(value, how.slope));
}

template <class T>
Arithmetics<T> passing_at(const NormBackward<T>& how, int64_t i, int64_t c) {
  const auto value = how.y != nullptr
                         ? widen(how.y[i])
                         : norm_value(widen(how.s[i]), how.mean[c], how.inverse[c], how.weight[c], how.bias[c]);
  const Arithmetics<T> gradient =
      how.second != nullptr ? widen(how.gradient[i]) + widen(how.second[i]) : widen(how.gradient[i]);
  return norm_passing(gradient, value, how.slope);
}

}  // namespace

template <class T>
void norm_forward_cpu(const NormForward<T>& how) {
  const auto [rows, channels] = how.shape;
  if (rows == 0) return;
  std::vector<double> shift(static_cast<size_t>(channels)), total(shift), squares(shift);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t c = 0; c < channels; ++c) {
      const auto place = static_cast<size_t>(c);
      const double s = sum_at(how, row * channels + c);
      if (row == 0) shift[place] = s;
      total[place] += s - shift[place];
      squares[place] += (s - shift[place]) * (s - shift[place]);
    }
  }
  for (int64_t c = 0; c < channels; ++c) {
    const auto place = static_cast<size_t>(c);
    const auto found = norm_moments<Arithmetics<T>>(shift[place], total[place], squares[place], rows, how.epsilon);
    how.mean[c] = found.mean;
    how.inverse[c] = found.inverse;
    if (how.running_mean == nullptr) continue;
    norm_keep(how.running_mean + c, found.mean, how.momentum);
    const auto unbiased = static_cast<double>(rows) / static_cast<double>(rows - 1);
    norm_keep(how.running_variance + c, static_cast<Arithmetics<T>>(found.variance * unbiased), how.momentum);
  }
  const T* s = how.before != nullptr ? how.sum : how.x;
  for (int64_t i = 0; i < rows * channels; ++i) {
    write_at(how, i, i % channels, widen(s[i]), how.mean[i % channels], how.inverse[i % channels]);
  }
}

template <class T>
void norm_evaluate_cpu(const NormForward<T>& how) {
  const auto [rows, channels] = how.shape;
  for (int64_t i = 0; i < rows * channels; ++i) {
    const int64_t c = i % channels;
    const auto inverse =
        static_cast<Arithmetics<T>>(1 / std::sqrt(static_cast<double>(how.running_variance[c]) + how.epsilon));
    write_at(how, i, c, sum_at(how, i), how.running_mean[c], inverse);
  }
}

template <class T>
void norm_backward_cpu(const NormBackward<T>& how) {
  using Wide = Arithmetics<T>;
  const auto [rows, channels] = how.shape;
  std::vector<double> total(static_cast<size_t>(channels)), product(total);
  for (int64_t i = 0; i < rows * channels; ++i) {
    const int64_t c = i % channels;
    const Wide passing = passing_at(how, i, c);
    total[static_cast<size_t>(c)] += passing;
    product[static_cast<size_t>(c)] += static_cast<double>(passing) * (widen(how.s[i]) - how.mean[c]);
  }
  for (int64_t c = 0; c < channels; ++c) {
    how.bias_gradient[c] = static_cast<Wide>(total[static_cast<size_t>(c)]);
    how.weight_gradient[c] = static_cast<Wide>(product[static_cast<size_t>(c)] * how.inverse[c]);
  }
  for (int64_t i = 0; i < rows * channels; ++i) {
    const int64_t c = i % channels;
    const Wide passing = passing_at(how, i, c), inverse = how.inverse[c];
    const auto mean = static_cast<Wide>(total[static_cast<size_t>(c)] / static_cast<double>(rows));
    const auto slope =
        static_cast<Wide>(product[static_cast<size_t>(c)] / static_cast<double>(rows) * inverse * inverse);
    Wide gradient = (passing - mean - (widen(how.s[i]) - how.mean[c]) * slope) * (inverse * how.weight[c]);
    if (how.other != nullptr) gradient += widen(how.other[i]);
    how.input[i] = narrow<T>(gradient);
    if (how.after != nullptr) how.after[i] = narrow<T>(passing);
  }
}

#define NLB_NORM(T)                                       \
  template void norm_forward_cpu(const NormForward<T>&);  \
  template void norm_evaluate_cpu(const NormForward<T>&); \
  template void norm_backward_cpu(const NormBackward<T>&);
NLB_NORM(float)
NLB_NORM(double)
NLB_NORM(Bfloat16)
#undef NLB_NORM

}  // namespace nlb
