// Rows, planes and weight gradients of the small nets' linear layers, at every size a register leaves a rest of.
// Whole numbers are used throughout, so that each result is exact on every instruction set.
#include "kernels/linear_lanes.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>

using namespace nlb;

namespace {

constexpr int64_t kAlignment = 64;  // bytes, as planes and rows promise

template <typename T>
class Aligned {
 public:
  Aligned(int64_t count, T value)
      : count_(count),
        values_(static_cast<T*>(std::aligned_alloc(kAlignment, (count * sizeof(T) / kAlignment + 1) * kAlignment))) {
    std::fill_n(data(), count, value);
  }
  T* data() { return values_.get(); }
  T& operator[](int64_t i) { return data()[i]; }
  int64_t size() const { return count_; }

 private:
  struct Free {
    void operator()(T* values) const { std::free(values); }
  };
  int64_t count_;
  std::unique_ptr<T[], Free> values_;
};

int64_t rounded_up(int64_t count, int64_t unit) { return (count + unit - 1) / unit * unit; }

/// A small whole number of either sign.
template <typename T>
T number(int64_t i) {
  return static_cast<T>(i * 7919 % 31 - 15);
}

}  // namespace

TEMPLATE_TEST_CASE("rows become planes with zeros beyond the last sample", "[kernels][linear]", float, double) {
  using T = TestType;
  for (const Isa isa : {Isa::plain, Isa::avx2, Isa::avx512}) {
    if (!has_isa(isa)) continue;
    const LinearKernels<T>& kernels = linear_kernels<T>(isa);
    for (const int64_t values : {1, 3, 10, 16, 17, 28, 64, 100}) {
      for (const int64_t count : {1, 2, 4, 7, 12, 16, 28, 33}) {
        CAPTURE(name_of(isa), values, count);
        const int64_t batch = rounded_up(count, kernels.lanes), stride = values + 3;
        Aligned<T> rows(count * stride, 0), planes(values * batch, T(-99));
        for (int64_t i = 0; i < rows.size(); ++i) rows[i] = number<T>(i);
        kernels.load_rows(rows.data(), stride, count, values, batch, planes.data());
        int64_t wrong = 0;
        for (int64_t value = 0; value < values; ++value) {
          for (int64_t sample = 0; sample < batch; ++sample) {
            const T expected = sample < count ? number<T>(sample * stride + value) : T(0);
            wrong += planes[value * batch + sample] != expected ? 1 : 0;
          }
        }
        CHECK(wrong == 0);
      }
    }
  }
}

TEMPLATE_TEST_CASE("planes become rows and nothing else is written", "[kernels][linear]", float, double) {
  using T = TestType;
  for (const Isa isa : {Isa::plain, Isa::avx2, Isa::avx512}) {
    if (!has_isa(isa)) continue;
    const LinearKernels<T>& kernels = linear_kernels<T>(isa);
    for (const int64_t values : {1, 3, 10, 16, 17, 28, 64, 100}) {
      for (const int64_t count : {1, 2, 4, 7, 12, 16, 28, 33}) {
        CAPTURE(name_of(isa), values, count);
        const int64_t batch = rounded_up(count, kernels.lanes), stride = values + 3;
        constexpr T kUntouched = -99;
        Aligned<T> rows(count * stride, kUntouched), planes(values * batch, 0);
        for (int64_t i = 0; i < planes.size(); ++i) planes[i] = number<T>(i);
        kernels.store_rows(planes.data(), values, batch, count, rows.data(), stride);
        int64_t wrong = 0;
        for (int64_t sample = 0; sample < count; ++sample) {
          for (int64_t value = 0; value < stride; ++value) {
            const T expected = value < values ? number<T>(value * batch + sample) : kUntouched;
            wrong += rows[sample * stride + value] != expected ? 1 : 0;
          }
        }
        CHECK(wrong == 0);
      }
    }
  }
}

TEMPLATE_TEST_CASE("weight gradients are added up whatever rest of columns a tile leaves", "[kernels][linear]", float,
                   double) {
  using T = TestType;
  constexpr int64_t kSamples = 5, kOut = 6;
  for (const Isa isa : {Isa::plain, Isa::avx2, Isa::avx512}) {
    if (!has_isa(isa)) continue;
    const LinearKernels<T>& kernels = linear_kernels<T>(isa);
    for (int64_t in = 1; in <= 6 * kernels.lanes; ++in) {
      CAPTURE(name_of(isa), in);
      const int64_t stride = rounded_up(in, kernels.lanes);
      Aligned<T> slopes(kSamples * kOut, 0), inputs(kSamples * stride, 0), gradient(kOut * in, T(1));
      for (int64_t i = 0; i < slopes.size(); ++i) slopes[i] = number<T>(i);
      for (int64_t sample = 0; sample < kSamples; ++sample) {
        for (int64_t i = 0; i < in; ++i) inputs[sample * stride + i] = number<T>(sample * 1000 + i);
      }
      kernels.weight_gradient(kOut, in, kSamples, slopes.data(), kOut, inputs.data(), stride, gradient.data());
      int64_t wrong = 0;
      for (int64_t o = 0; o < kOut; ++o) {
        for (int64_t i = 0; i < in; ++i) {
          T expected = 1;  // what was there before
          for (int64_t sample = 0; sample < kSamples; ++sample) {
            expected += number<T>(sample * kOut + o) * number<T>(sample * 1000 + i);
          }
          wrong += gradient[o * in + i] != expected ? 1 : 0;
        }
      }
      CHECK(wrong == 0);
    }
  }
}
