// Compiled once per instruction set, NLB_ISA naming it: see kernels/isa.h and kernels/lanes.h.
#include "kernels/host_norm.h"
#include "kernels/lanes.h"

namespace nlb::NLB_ISA {
namespace {

using Line = Lanes<float>;

constexpr int64_t kWidth = kLanes<float>;
constexpr int64_t kSummedRows = 32;  // in float, before they are added to a double

/// Adds two registers of sums to the doubles of their channels.
void add_to(double* totals, int64_t channels, Line first, Line second) {
  for (int64_t lane = 0; lane < kWidth; ++lane) {
    totals[lane] += static_cast<double>(first[lane]);
    totals[channels + lane] += static_cast<double>(second[lane]);
  }
}

/// Calls part(row, end, channel) for every few rows and every register of channels, which it then sums.
template <typename Part>
[[gnu::always_inline]] inline void by_parts(int64_t channels, int64_t first, int64_t last, Part part) {
  for (int64_t row = first; row < last; row += kSummedRows) {
    const int64_t end = row + kSummedRows < last ? row + kSummedRows : last;
    for (int64_t c = 0; c < channels; c += kWidth) part(row, end, c);
  }
}

/// As norm_activate of norm.h: what is not a number stays so.
[[gnu::always_inline]] inline Line activate(Line value, Line slope) {
  return value <= Line{} ? (slope == Line{} ? Line{} : slope * value) : value;
}

void forward_sums(const NormForward<float>& how, const float* shift, int64_t first, int64_t last, double* totals) {
  const int64_t channels = how.shape.channels;
  by_parts(channels, first, last, [&](int64_t row, int64_t end, int64_t c) {
    const Line from = load(shift + c);
    Line total{}, squares{};
    for (int64_t r = row; r < end; ++r) {
      const int64_t at = r * channels + c;
      Line s = load(how.x + at);
      if (how.before != nullptr) store(how.sum + at, s += load(how.before + at));
      const Line d = s - from;
      total += d;
      squares = fma(d, d, squares);
    }
    add_to(totals + c, channels, total, squares);
  });
}

void forward_values(const NormForward<float>& how, bool adds, int64_t first, int64_t last) {
  const int64_t channels = how.shape.channels;
  const Line slope = spread<float>(how.slope);
  const float* source = adds || how.sum == nullptr ? how.x : how.sum;
  for (int64_t r = first; r < last; ++r) {
    for (int64_t c = 0; c < channels; c += kWidth) {
      const int64_t at = r * channels + c;
      Line s = load(source + at);
      if (adds && how.before != nullptr) store(how.sum + at, s += load(how.before + at));
      Line value = fma(s - load(how.mean + c), load(how.inverse + c) * load(how.weight + c), load(how.bias + c));
      if (how.after != nullptr) value += load(how.after + at);
      store(how.y + at, activate(value, slope));
    }
  }
}

/// What of the gradient passes the activation, and s - mean.
struct Passing {
  Line gradient, offset;
};

[[gnu::always_inline]] inline Passing passing_at(const NormBackward<float>& how, int64_t at, int64_t c, Line slope) {
  const Line offset = load(how.s + at) - load(how.mean + c);
  const Line value = how.y != nullptr ? load(how.y + at)
                                      : fma(offset, load(how.inverse + c) * load(how.weight + c), load(how.bias + c));
  Line gradient = load(how.gradient + at);
  if (how.second != nullptr) gradient += load(how.second + at);
  return {value > Line{} ? gradient : slope * gradient, offset};
}

void backward_sums(const NormBackward<float>& how, int64_t first, int64_t last, double* totals) {
  const int64_t channels = how.shape.channels;
  const Line slope = spread<float>(how.slope);
  by_parts(channels, first, last, [&](int64_t row, int64_t end, int64_t c) {
    Line total{}, product{};
    for (int64_t r = row; r < end; ++r) {
      const auto [gradient, offset] = passing_at(how, r * channels + c, c, slope);
      total += gradient;
      product = fma(gradient, offset, product);
    }
    add_to(totals + c, channels, total, product);
  });
}

void backward_values(const NormBackward<float>& how, const float* mean, const float* slope, int64_t first,
                     int64_t last) {
  const int64_t channels = how.shape.channels;
  const Line leak = spread<float>(how.slope);
  for (int64_t r = first; r < last; ++r) {
    for (int64_t c = 0; c < channels; c += kWidth) {
      const int64_t at = r * channels + c;
      const auto [gradient, offset] = passing_at(how, at, c, leak);
      Line input =
          (gradient - load(mean + c) - offset * load(slope + c)) * (load(how.inverse + c) * load(how.weight + c));
      if (how.other != nullptr) input += load(how.other + at);
      store(how.input + at, input);
      if (how.after != nullptr) store(how.after + at, gradient);
    }
  }
}

}  // namespace

extern const HostNormKernels kHostNorm = {.lanes = kWidth,
                                          .forward_sums = forward_sums,
                                          .forward_values = forward_values,
                                          .backward_sums = backward_sums,
                                          .backward_values = backward_values};

}  // namespace nlb::NLB_ISA
